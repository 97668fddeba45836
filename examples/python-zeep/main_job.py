"""The life of a volume, by a Python client.

Install: apt install python3-zeep python3-xmlsec    (or: pip install zeep xmlsec)
Run: python3 examples/python-zeep/main_job.py
"""

import os
import sys
import time
import uuid

import requests
import zeep
from vbs_signature import VbsSignature

URL = os.environ.get("VBS_URL", "https://127.0.0.1:8443/vbslustre")
PKI = os.environ.get("VBS_PKI", ".vbs/pki")
USER = os.environ.get("VBS_USER", "alice")
VMM = os.environ.get("VBS_VMM", "vmm1")
VM1 = os.environ.get("VBS_VM1", "vm1")
VM2 = os.environ.get("VBS_VM2", "vm2")


def connect():
    session = requests.Session()
    session.verify = f"{PKI}/ca.crt"
    session.trust_env = False  # else REQUESTS_CA_BUNDLE would win over session.verify
    client = zeep.Client(
        f"{URL}?wsdl",
        transport=zeep.Transport(session=session),
        wsse=VbsSignature(f"{PKI}/{USER}.key", f"{PKI}/{USER}.crt", f"{PKI}/vbslustre.crt"),
    )
    return client.service


def main_job(vbs):
    volume = vbs.CreateVolume(sizeMiB=64, clientToken=str(uuid.uuid4()))
    print(f"CreateVolume: {volume.volumeId} is {volume.status}")
    volume = available(lambda: vbs.DescribeVolume(volumeId=volume.volumeId))
    volume_id = volume.volumeId
    print(f"DescribeVolume: {volume_id} is {volume.status}, {volume.sizeBytes} bytes")

    attach(vbs, volume_id, VM1, "w")
    volume = vbs.DescribeVolume(volumeId=volume_id)
    (to,) = volume.attachmentSet.item
    print(f"DescribeVolume: {volume_id} is {volume.status}, {to.status} to {to.instanceId} as {to.device}, {to.attachMode}")
    refused("VolumeInUse", f"AttachVolume {volume_id} to {VM2}", lambda: attach(vbs, volume_id, VM2, "w"))
    detach(vbs, volume_id, VM1)

    snapshot = vbs.CreateSnapshot(volumeId=volume_id, clientToken=str(uuid.uuid4()))
    snapshot_id = snapshot.snapshotId
    available(lambda: vbs.DescribeSnapshot(snapshotId=snapshot_id))
    print(f"CreateSnapshot: {snapshot_id} of {volume_id} is available")
    copy_id = vbs.CreateVolume(snapshotId=snapshot_id, clientToken=str(uuid.uuid4())).volumeId
    available(lambda: vbs.DescribeVolume(volumeId=copy_id))
    print(f"CreateVolume: {copy_id} from {snapshot_id} is available")

    for vm in VM1, VM2:  # r: many may share it
        attach(vbs, copy_id, vm, "r")
    for vm in VM1, VM2:
        detach(vbs, copy_id, vm)

    vbs.DeleteSnapshot(snapshotId=snapshot_id)
    print(f"DeleteSnapshot: {snapshot_id}")
    for each in volume_id, copy_id:
        vbs.DeleteVolume(volumeId=each)
        print(f"DeleteVolume: {each}")
        refused("InvalidVolume.NotFound", f"DescribeVolume {each}", lambda: deleted(lambda: vbs.DescribeVolume(volumeId=each)))


def attach(vbs, volume_id, vm, mode):
    to = vbs.AttachVolume(volumeId=volume_id, instanceId=vm, vmm=VMM, device="xvdb", attachMode=mode)
    print(f"AttachVolume: {volume_id} {to.status} to {to.instanceId} as {to.device}, {to.attachMode}")


def detach(vbs, volume_id, vm):
    vbs.DetachVolume(volumeId=volume_id, instanceId=vm)
    print(f"DetachVolume: {volume_id} from {vm}")


def available(describe):
    """Creating and copying take a while: asks until it is done."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        it = describe()
        if it.status == "available":
            return it
        if it.status != "pending":
            sys.exit(f"The status is {it.status}: {it.statusMessage}")
        time.sleep(0.2)
    sys.exit("It is still pending after a minute.")


def deleted(describe):
    """So does deleting: asks until that is done, and once more."""
    deadline = time.monotonic() + 60
    while describe().status == "deleting" and time.monotonic() < deadline:
        time.sleep(0.2)


def refused(code, what, call):
    try:
        call()
    except zeep.exceptions.Fault as fault:
        if fault_code(fault) != code:
            raise
        print(f"{what}: refused with {code}")
    else:
        sys.exit(f"{what} was not refused.")


def fault_code(fault):
    """The code in the typed detail; None if the fault has none."""
    return None if fault.detail is None else fault.detail.findtext("{*}ServiceFault/{*}code")


if __name__ == "__main__":
    try:
        main_job(connect())
    except zeep.exceptions.Fault as fault:
        sys.exit(f"Refused with {fault_code(fault)}: {fault.message}")
    except zeep.exceptions.SignatureVerificationFailed as error:
        sys.exit(f"The answer is not believed: {error}")
    except (zeep.exceptions.Error, requests.RequestException, OSError) as error:
        sys.exit(f"The call failed: {error}")
