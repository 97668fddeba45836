// WS-Security as VBS-Lustre wants it, for gSOAP: signs requests, and believes only answers that the service has signed.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include "soapH.h"
#include "wsseapi.h"

// gSOAP takes the namespace of WS-Security 1.1 for that of 1.0.
static const char WSSE11[] = SOAP_NAMESPACE_OF_wsse;

// What the service refused: the typed detail of its fault.
struct Refusal : std::runtime_error {
  std::string code;
  Refusal(const vbs__Fault &fault) : runtime_error(fault.message), code(fault.code) {}
};

class SignedClient {
  struct Free {
    void operator()(soap *context) const {
      soap_destroy(context);
      soap_end(context);
      soap_free(context);
    }
    void operator()(EVP_PKEY *key) const { EVP_PKEY_free(key); }
    void operator()(X509 *certificate) const { X509_free(certificate); }
  };

  const std::string url, authority, certificate;
  std::unique_ptr<EVP_PKEY, Free> key;
  std::unique_ptr<soap, Free> context;
  const _ds__Signature *sent = nullptr; // of the request, in the memory of the context

public:
  SignedClient(const std::string &url, const std::string &pki, const std::string &user)
      : url(url), authority(pki + "/ca.crt"), certificate(pki + "/" + user + ".crt"),
        context(soap_new1(SOAP_XML_CANONICAL | SOAP_C_UTFSTRING)) {
    const std::string key_file = pki + "/" + user + ".key";
    if (FILE *file = fopen(key_file.c_str(), "r")) {
      key.reset(PEM_read_PrivateKey(file, nullptr, nullptr, nullptr));
      fclose(file);
    }
    if (!key) throw std::runtime_error("There is no private key in " + key_file);
    soap_register_plugin(context.get(), soap_wsse);
    // The authority counts for TLS, and (as soap->cafile) for the certificate of who signs an answer.
    if (soap_ssl_client_context(context.get(), SOAP_SSL_DEFAULT, nullptr, nullptr, authority.c_str(), nullptr, nullptr))
      throw std::runtime_error(error());
    context->connect_timeout = 10;
    context->recv_timeout = 120;
  }

  // One call of an operation, as in call(soap_call___vbs__DescribeVolume, request). Its answer lives until the next.
  template <class Request, class Answer>
  Answer call(int (*operation)(soap *, const char *, const char *, Request *, Answer &), Request request) {
    soap_destroy(context.get());
    soap_end(context.get());
    sign();
    Answer answer;
    if (operation(context.get(), url.c_str(), nullptr, &request, answer) == SOAP_OK) {
      verify();
      return answer;
    }
    const SOAP_ENV__Fault *fault = context->fault;
    if (!fault || !fault->detail || !fault->detail->vbs__ServiceFault) {
      // A fault of the plugin (all of the service's have such a detail), or an answer to something else (HTTP's 200).
      if (context->error == SOAP_FAULT || context->error == 200) refuse(error());
      throw std::runtime_error(error());
    }
    const Refusal refusal(*fault->detail->vbs__ServiceFault);
    verify();
    throw refusal;
  }

private:
  void sign() {
    soap *const it = context.get();
    soap_wsse_delete_Security(it);
    if (soap_wsse_add_Timestamp(it, "Timestamp", 300) ||
        soap_wsse_add_BinarySecurityTokenPEM(it, "Token", certificate.c_str()) ||
        soap_wsse_add_KeyInfo_SecurityTokenReferenceX509(it, "#Token") ||
        soap_wsse_sign_body(it, SOAP_SMD_SIGN_RSA_SHA256, key.get(), 0) ||
        soap_wsse_verify_auto(it, SOAP_SMD_NONE, nullptr, 0))
      throw std::runtime_error(error());
    sent = soap_wsse_Signature(it);
  }

  // verify_auto has found that the signature fits what it covers. What it covers, how, and whose it is, is ours to ask.
  void verify() {
    soap *const it = context.get();
    it->error = SOAP_OK; // that there was a fault would make what follows fail
    int algorithm = 0, bits = 0;
    if (soap_wsse_get_SignedInfo_SignatureMethod(it, &algorithm, &bits) || algorithm != SOAP_SMD_VRFY_RSA_SHA256)
      refuse("it is not signed with RSA-SHA256"); // gSOAP takes an HMAC whose key is in the message
    if (soap_wsse_verify_body(it)) refuse("its Body is not signed");
    // One in the whole message, which is signed: it is the one that is read.
    if (soap_wsse_verify_element(it, SOAP_NAMESPACE_OF_wsu, "Timestamp") != 1 || !soap_wsse_Timestamp(it))
      refuse("its Timestamp is not signed");
    if (soap_wsse_verify_element(it, WSSE11, "SignatureConfirmation") != 1) refuse("it confirms no request");
    if (confirmed() != sent->SignatureValue) refuse("it answers another request");
    time_t expires = 0; // soap_wsse_verify_Timestamp would add five minutes, and take an answer without Expires
    if (soap_s2dateTime(it, soap_wsse_Timestamp(it)->Expires, &expires) || expires + 60 < time(nullptr))
      refuse("it is too old");
    const std::unique_ptr<X509, Free> signer(soap_wsse_get_KeyInfo_SecurityTokenReferenceX509(it));
    if (!signer) refuse("its certificate is not of our authority");
    // The authority certifies users as well: only the service may answer.
    const std::string subject = subject_of(signer.get());
    if (subject != "CN=vbslustre,OU=services,O=VBS-Lustre") refuse("it is signed by " + subject);
  }

  // gSOAP reads no SignatureConfirmation, but keeps the document.
  std::string confirmed() {
    soap_dom_element *const root = context->dom;
    const soap_dom_element *const it = soap_dom_find(root, root, WSSE11, "SignatureConfirmation", 0);
    for (const soap_dom_attribute *each = it ? it->atts : nullptr; each; each = each->next)
      if (!strcmp(each->name, "Value") && each->text) return each->text;
    return "";
  }

  [[noreturn]] static void refuse(const std::string &reason) {
    throw std::runtime_error("The answer is not believed: " + reason);
  }

  static std::string subject_of(X509 *certificate) {
    char text[512] = "";
    BIO *buffer = BIO_new(BIO_s_mem());
    X509_NAME_print_ex(buffer, X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
    const int length = BIO_read(buffer, text, sizeof text);
    BIO_free(buffer);
    return std::string(text, length > 0 ? length : 0);
  }

  std::string error() {
    soap_set_fault(context.get());
    const char *const text = *soap_faultstring(context.get()), *const detail = *soap_faultdetail(context.get());
    return std::string(text ? text : "no answer") + (detail ? std::string(": ") + detail : "");
  }
};
