"""Lists a user's volumes: the shortest signed call. Install: apt install python3-zeep python3-xmlsec"""

import os
import sys

import requests
import zeep
from vbs_signature import VbsSignature

URL = os.environ.get("VBS_URL", "https://127.0.0.1:8443/vbslustre")
PKI = os.environ.get("VBS_PKI", ".vbs/pki")
USER = os.environ.get("VBS_USER", "alice")


def main():
    session = requests.Session()
    session.verify = f"{PKI}/ca.crt"
    session.trust_env = False  # else REQUESTS_CA_BUNDLE would win over session.verify
    client = zeep.Client(
        f"{URL}?wsdl",
        transport=zeep.Transport(session=session),
        wsse=VbsSignature(f"{PKI}/{USER}.key", f"{PKI}/{USER}.crt", f"{PKI}/vbslustre.crt"),
    )
    volumes = client.service.DescribeVolumes().volumeSet
    volumes = [] if volumes is None else volumes.item
    print(f"{USER} has {len(volumes)} volume{'' if len(volumes) == 1 else 's'}")
    for volume in volumes:
        print(f"{volume.volumeId} {volume.sizeBytes} bytes {volume.status}")


if __name__ == "__main__":
    try:
        main()
    except zeep.exceptions.Fault as fault:
        code = None if fault.detail is None else fault.detail.findtext("{*}ServiceFault/{*}code")
        sys.exit(f"Refused with {code}: {fault.message}")
    except zeep.exceptions.SignatureVerificationFailed as error:
        sys.exit(f"The answer is not believed: {error}")
    except (zeep.exceptions.Error, requests.RequestException, OSError) as error:
        sys.exit(f"The call failed: {error}")
