// WS-Security as VBS-Lustre wants it, for JAX-WS with WSS4J: signs requests, and believes only answers that the service
// has signed.

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import javax.xml.namespace.QName;
import javax.xml.soap.SOAPException;
import javax.xml.soap.SOAPPart;
import javax.xml.transform.TransformerException;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMResult;
import javax.xml.transform.dom.DOMSource;
import javax.xml.ws.handler.MessageContext;
import javax.xml.ws.handler.soap.SOAPHandler;
import javax.xml.ws.handler.soap.SOAPMessageContext;
import org.apache.ws.security.WSConstants;
import org.apache.ws.security.WSDataRef;
import org.apache.ws.security.WSEncryptionPart;
import org.apache.ws.security.WSSecurityEngine;
import org.apache.ws.security.WSSecurityEngineResult;
import org.apache.ws.security.WSSecurityException;
import org.apache.ws.security.components.crypto.AlgorithmSuite;
import org.apache.ws.security.components.crypto.Merlin;
import org.apache.ws.security.handler.RequestData;
import org.apache.ws.security.message.WSSecHeader;
import org.apache.ws.security.message.WSSecSignature;
import org.apache.ws.security.message.WSSecTimestamp;
import org.apache.ws.security.message.token.SignatureConfirmation;
import org.apache.ws.security.message.token.Timestamp;
import org.apache.ws.security.util.WSSecurityUtil;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

final class SignedClient implements SOAPHandler<SOAPMessageContext> {
  static final class NotBelieved extends RuntimeException {
    NotBelieved(String reason) {
      super("The answer is not believed: " + reason);
    }
  }

  private static final String SERVICE = "CN=vbslustre,OU=services,O=VBS-Lustre";
  private static final String RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
  private static final String SENT = "vbs.signatureValue";
  private static final char[] PASSWORD = "in memory only".toCharArray();

  private final KeyStore authority = emptyStore();
  private final Merlin ours = new Merlin();
  private final Merlin trusted = new Merlin();

  SignedClient(String pki, String user) throws GeneralSecurityException, IOException {
    authority.setCertificateEntry("authority", certificate(pki + "/ca.crt"));
    trusted.setTrustStore(authority);
    KeyStore keys = emptyStore();
    Certificate[] chain = {certificate(pki + "/" + user + ".crt")};
    keys.setKeyEntry("user", privateKey(pki + "/" + user + ".key"), PASSWORD, chain);
    ours.setKeyStore(keys);
  }

  /** For https, which trusts the same authority. */
  SSLSocketFactory sockets() throws GeneralSecurityException {
    TrustManagerFactory managers = TrustManagerFactory.getInstance("PKIX");
    managers.init(authority);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, managers.getTrustManagers(), null);
    return context.getSocketFactory();
  }

  @Override
  public boolean handleMessage(SOAPMessageContext context) {
    try {
      // WSS4J can't work on the tree of a SOAPMessage. And what was verified is what the caller shall get.
      SOAPPart part = context.getMessage().getSOAPPart();
      DOMResult copy = new DOMResult();
      TransformerFactory.newInstance().newTransformer().transform(part.getContent(), copy);
      Document document = (Document) copy.getNode();
      if (Boolean.TRUE.equals(context.get(MessageContext.MESSAGE_OUTBOUND_PROPERTY))) {
        context.put(SENT, sign(document));
      } else {
        verify(document, (byte[]) context.get(SENT));
      }
      part.setContent(new DOMSource(document));
      return true;
    } catch (WSSecurityException | SOAPException | TransformerException error) {
      throw new NotBelieved(error.getMessage());
    }
  }

  @Override
  public boolean handleFault(SOAPMessageContext context) {
    return handleMessage(context);
  }

  @Override
  public Set<QName> getHeaders() {
    return Set.of(new QName(WSConstants.WSSE_NS, "Security"));
  }

  @Override
  public void close(MessageContext context) {}

  private byte[] sign(Document document) throws WSSecurityException {
    WSSecHeader header = new WSSecHeader();
    header.insertSecurityHeader(document);
    new WSSecTimestamp().build(document, header);
    WSSecSignature signature = new WSSecSignature();
    signature.setUserInfo("user", new String(PASSWORD));
    // WSS4J's defaults are SHA-1, and the certificate's number instead of the certificate.
    signature.setKeyIdentifierType(WSConstants.BST_DIRECT_REFERENCE);
    signature.setSignatureAlgorithm(RSA_SHA256);
    signature.setDigestAlgo(WSConstants.SHA256);
    signature.setParts(
        List.of(
            new WSEncryptionPart("Body", WSConstants.URI_SOAP11_ENV, ""),
            new WSEncryptionPart("Timestamp", WSConstants.WSU_NS, "")));
    signature.build(document, ours, header);
    return signature.getSignatureValue();
  }

  private void verify(Document document, byte[] sent) throws WSSecurityException {
    Element envelope = document.getDocumentElement();
    Element body = only(envelope, WSConstants.URI_SOAP11_ENV, "Body");
    Element security = only(only(envelope, WSConstants.URI_SOAP11_ENV, "Header"), WSConstants.WSSE_NS, "Security");
    RequestData request = new RequestData();
    request.setSigCrypto(trusted);
    request.setAlgorithmSuite(algorithms());
    // The authority certifies users as well: only the service may answer.
    request.setSubjectCertConstraints(List.of(Pattern.compile(Pattern.quote(SERVICE))));
    List<WSSecurityEngineResult> results = new WSSecurityEngine().processSecurityHeader(security, request);

    // WSS4J has looked at the signature, its certificate and the time. What the signature covers is ours to ask.
    WSSecurityEngineResult signature = only(results, WSConstants.SIGN);
    Timestamp timestamp = (Timestamp) only(results, WSConstants.TS).get(WSSecurityEngineResult.TAG_TIMESTAMP);
    SignatureConfirmation confirmation =
        (SignatureConfirmation)
            only(results, WSConstants.SC).get(WSSecurityEngineResult.TAG_SIGNATURE_CONFIRMATION);
    List<?> covered = (List<?>) signature.get(WSSecurityEngineResult.TAG_DATA_REF_URIS);
    for (Element part : List.of(body, timestamp.getElement(), confirmation.getElement())) {
      if (covered.stream().noneMatch(each -> ((WSDataRef) each).getProtectedElement() == part)) {
        throw new NotBelieved("its " + part.getLocalName() + " is not signed");
      }
    }
    if (!Arrays.equals(confirmation.getSignatureValue(), sent)) throw new NotBelieved("it answers another request");
  }

  private static AlgorithmSuite algorithms() {
    AlgorithmSuite suite = new AlgorithmSuite();
    suite.addSignatureMethod(RSA_SHA256);
    suite.addDigestAlgorithm(WSConstants.SHA256);
    suite.addC14nAlgorithm(WSConstants.C14N_EXCL_OMIT_COMMENTS);
    suite.addTransformAlgorithm(WSConstants.C14N_EXCL_OMIT_COMMENTS);
    return suite;
  }

  private static WSSecurityEngineResult only(List<WSSecurityEngineResult> results, int action) {
    var found = results.stream().filter(each -> each.get(WSSecurityEngineResult.TAG_ACTION).equals(action)).toList();
    if (found.size() != 1) throw new NotBelieved("it is not signed as it should be");
    return found.get(0);
  }

  private static Element only(Element parent, String namespace, String name) {
    List<Element> found = WSSecurityUtil.getDirectChildElements(parent, name, namespace);
    if (found.size() != 1) throw new NotBelieved("there are " + found.size() + " " + name + ", not one");
    return found.get(0);
  }

  private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  private static Certificate certificate(String file) throws GeneralSecurityException, IOException {
    try (var stream = new FileInputStream(file)) {
      return CertificateFactory.getInstance("X.509").generateCertificate(stream);
    }
  }

  private static PrivateKey privateKey(String file) throws GeneralSecurityException, IOException {
    String base64 = Files.readString(Path.of(file)).replaceAll("-----[^-]*-----|\\s", "");
    var spec = new PKCS8EncodedKeySpec(Base64.getDecoder().decode(base64));
    return KeyFactory.getInstance("RSA").generatePrivate(spec);
  }
}
