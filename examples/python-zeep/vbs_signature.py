"""WS-Security as VBS-Lustre wants it, for zeep: signs requests, and believes only answers that the service has signed."""

import threading
from datetime import datetime, timedelta, timezone

import xmlsec
from lxml import etree
from zeep import ns
from zeep.exceptions import SignatureVerificationFailed
from zeep.wsse.signature import BinarySignature
from zeep.wsse.utils import get_security_header

WSSE11 = "http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd"
ID = etree.QName(ns.WSU, "Id")

LIFETIME = timedelta(minutes=5)
CLOCK_SKEW = timedelta(minutes=1)


class VbsSignature(BinarySignature):
    def __init__(self, key_file, cert_file, service_cert_file):
        # zeep's defaults are SHA-1, which the service refuses.
        super().__init__(
            key_file,
            cert_file,
            signature_method=xmlsec.Transform.RSA_SHA256,
            digest_method=xmlsec.Transform.SHA256,
        )
        self.service_cert_file = service_cert_file
        self.sent = threading.local()

    def apply(self, envelope, headers):
        """Signs a request. zeep signs a Timestamp only if there is one."""
        security = get_security_header(envelope)
        timestamp = etree.SubElement(security, etree.QName(ns.WSU, "Timestamp"))
        now = datetime.now(timezone.utc)
        for name, time in ("Created", now), ("Expires", now + LIFETIME):
            text = time.isoformat(timespec="milliseconds")
            etree.SubElement(timestamp, etree.QName(ns.WSU, name)).text = text
        result = super().apply(envelope, headers)
        self.sent.signature_value = without_spaces(security.findtext(f".//{{{ns.DS}}}SignatureValue"))
        return result

    def verify(self, envelope):
        """Verifies an answer. zeep's own would use *our* certificate, whatever the signature covers."""
        header = only_child(envelope, ns.SOAP_ENV_11, "Header")
        body = only_child(envelope, ns.SOAP_ENV_11, "Body")
        security = only_child(header, ns.WSSE, "Security")
        timestamp = only_child(security, ns.WSU, "Timestamp")
        confirmation = only_child(security, WSSE11, "SignatureConfirmation")
        signature = only_child(security, ns.DS, "Signature")

        signed_info = only_child(signature, ns.DS, "SignedInfo")
        signed = [each.get("URI") for each in signed_info.iterchildren(f"{{{ns.DS}}}Reference")]
        for each in body, timestamp, confirmation:
            if f"#{each.get(ID)}" not in signed:
                raise SignatureVerificationFailed(f"{etree.QName(each).localname} is not signed")
        try:
            context = xmlsec.SignatureContext()
            context.key = xmlsec.Key.from_file(self.service_cert_file, xmlsec.KeyFormat.CERT_PEM)
            for transform in (xmlsec.Transform.EXCL_C14N, xmlsec.Transform.RSA_SHA256):
                context.enable_signature_transform(transform)
            for transform in (xmlsec.Transform.EXCL_C14N, xmlsec.Transform.SHA256):
                context.enable_reference_transform(transform)
            # Only these can be meant by an Id: not a second Body that was put somewhere else.
            for each in (body, *security):
                if each.get(ID):
                    context.register_id(each, "Id", ns.WSU)
            context.verify(signature)
        except xmlsec.Error as error:
            raise SignatureVerificationFailed("the signature is not the service's") from error
        if without_spaces(confirmation.get("Value")) != self.sent.signature_value:
            raise SignatureVerificationFailed("it answers another request")
        check_time(timestamp)
        return envelope


def only_child(parent, namespace, name):
    children = list(parent.iterchildren(f"{{{namespace}}}{name}"))
    if len(children) != 1:
        raise SignatureVerificationFailed(f"there are {len(children)} {name}, not one")
    return children[0]


def without_spaces(text):
    return "".join((text or "").split())


def check_time(timestamp):
    """An old answer may have been recorded and played back."""
    created, expires = (
        datetime.fromisoformat(only_child(timestamp, ns.WSU, name).text.replace("Z", "+00:00"))
        for name in ("Created", "Expires")
    )
    if not created - CLOCK_SKEW <= datetime.now(timezone.utc) <= expires + CLOCK_SKEW:
        raise SignatureVerificationFailed("the Timestamp is not of now")
