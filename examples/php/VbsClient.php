<?php
/** WS-Security as VBS-Lustre wants it, for PHP's SoapClient, which has none: it signs requests, and believes only
 *  answers that the service has signed. */

declare(strict_types=1);

final class NotBelieved extends RuntimeException
{
}

final class VbsClient extends SoapClient
{
    private const SERVICE = 'CN=vbslustre,OU=services,O=VBS-Lustre';
    private const CLOCK_SKEW = 60;

    private const OASIS = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-';
    private const NS = [
        's' => 'http://schemas.xmlsoap.org/soap/envelope/',
        'ds' => 'http://www.w3.org/2000/09/xmldsig#',
        'wsse' => self::OASIS . 'wssecurity-secext-1.0.xsd',
        'wsse11' => 'http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd',
        'wsu' => self::OASIS . 'wssecurity-utility-1.0.xsd',
    ];
    private const SECURITY = '/s:Envelope/s:Header/wsse:Security';
    private const C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#';
    private const X509 = self::OASIS . 'x509-token-profile-1.0#X509v3';

    private string $authority;
    private string $certificate;
    private OpenSSLAsymmetricKey $key;

    public function __construct(string $url, string $pki, string $user)
    {
        $this->authority = self::read("$pki/ca.crt");
        $this->certificate = self::read("$pki/$user.crt");
        $this->key = openssl_pkey_get_private(self::read("$pki/$user.key"));
        parent::__construct("$url?wsdl", [
            'stream_context' => stream_context_create(['ssl' => ['cafile' => "$pki/ca.crt"]]),
            'cache_wsdl' => WSDL_CACHE_NONE,
            'features' => SOAP_SINGLE_ELEMENT_ARRAYS,
        ]);
    }

    /** Every call goes through here. (From PHP 8.5 on there is one parameter more.) */
    public function __doRequest(
        string $request,
        string $location,
        string $action,
        int $version,
        bool $oneWay = false,
        mixed ...$more
    ): ?string {
        [$signed, $signatureValue] = $this->sign($request);
        $answer = parent::__doRequest($signed, $location, $action, $version, $oneWay, ...$more);
        return $answer === null ? null : $this->verified($answer, $signatureValue);
    }

    /** @return array{string, string} the signed request and its SignatureValue */
    private function sign(string $request): array
    {
        $document = self::parse($request);
        $body = $document->getElementsByTagNameNS(self::NS['s'], 'Body')[0];
        $body->setAttributeNS(self::NS['wsu'], 'wsu:Id', 'Body');
        $header = $document->createElementNS(self::NS['s'], 's:Header');
        $body->parentNode->insertBefore($header, $body);
        $header->append($document->importNode(self::parse($this->securityHeader())->documentElement, true));

        $xpath = self::xpath($document);
        foreach (['Body' => $body, 'Timestamp' => $xpath->query('//wsu:Timestamp')[0]] as $id => $part) {
            $xpath->query("//ds:Reference[@URI='#$id']/ds:DigestValue")[0]->textContent = self::digest($part);
        }
        $signedInfo = $xpath->query('//ds:SignedInfo')[0]->C14N(true);
        openssl_sign($signedInfo, $signature, $this->key, OPENSSL_ALGO_SHA256);
        $value = base64_encode($signature);
        $xpath->query('//ds:SignatureValue')[0]->textContent = $value;
        return [$document->saveXML(), $value];
    }

    private function securityHeader(): string
    {
        ['ds' => $ds, 'wsse' => $wsse, 'wsu' => $wsu] = self::NS;
        [$c14n, $x509, $base64] = [self::C14N, self::X509, self::OASIS . 'soap-message-security-1.0#Base64Binary'];
        $token = preg_replace('/-----[^-]*-----|\s/', '', $this->certificate);
        [$created, $expires] = array_map(fn ($at) => gmdate('Y-m-d\TH:i:s\Z', $at), [time(), time() + 300]);
        $reference = fn ($id) => "<ds:Reference URI='#$id'>
            <ds:Transforms><ds:Transform Algorithm='$c14n'/></ds:Transforms>
            <ds:DigestMethod Algorithm='http://www.w3.org/2001/04/xmlenc#sha256'/><ds:DigestValue/></ds:Reference>";
        return "<wsse:Security xmlns:wsse='$wsse' xmlns:wsu='$wsu' xmlns:ds='$ds'>
            <wsse:BinarySecurityToken wsu:Id='Token' EncodingType='$base64' ValueType='$x509'>$token</wsse:BinarySecurityToken>
            <wsu:Timestamp wsu:Id='Timestamp'>
                <wsu:Created>$created</wsu:Created><wsu:Expires>$expires</wsu:Expires>
            </wsu:Timestamp>
            <ds:Signature>
                <ds:SignedInfo>
                    <ds:CanonicalizationMethod Algorithm='$c14n'/>
                    <ds:SignatureMethod Algorithm='http://www.w3.org/2001/04/xmldsig-more#rsa-sha256'/>
                    {$reference('Body')}{$reference('Timestamp')}
                </ds:SignedInfo>
                <ds:SignatureValue/>
                <ds:KeyInfo><wsse:SecurityTokenReference>
                    <wsse:Reference URI='#Token' ValueType='$x509'/>
                </wsse:SecurityTokenReference></ds:KeyInfo>
            </ds:Signature>
        </wsse:Security>";
    }

    /**
     * An envelope of the signed Body alone.
     *
     * It does not matter which algorithms the answer names: what is not RSA-SHA256 over SHA-256 digests of exclusive
     * canonical forms does not fit.
     */
    private function verified(string $answer, string $signatureValue): string
    {
        $document = self::parse($answer);
        $xpath = self::xpath($document);
        $signedInfo = self::only($xpath, self::SECURITY . '/ds:Signature/ds:SignedInfo');
        $signature = base64_decode(self::only($xpath, self::SECURITY . '/ds:Signature/ds:SignatureValue')->textContent);
        $key = $this->keyOfService(self::only($xpath, self::SECURITY . '/wsse:BinarySecurityToken')->textContent);
        if (openssl_verify($signedInfo->C14N(true), $signature, $key, OPENSSL_ALGO_SHA256) !== 1) {
            throw new NotBelieved('its signature is wrong');
        }
        $body = self::only($xpath, '/s:Envelope/s:Body');
        $timestamp = self::only($xpath, self::SECURITY . '/wsu:Timestamp');
        $confirmation = self::only($xpath, self::SECURITY . '/wsse11:SignatureConfirmation');
        foreach ([$body, $timestamp, $confirmation] as $part) {
            $id = $part->getAttributeNS(self::NS['wsu'], 'Id');
            $digests = [];
            foreach ($xpath->query('ds:Reference', $signedInfo) as $reference) {
                if ($reference->getAttribute('URI') === "#$id") {
                    $digests[] = trim(self::only($xpath, 'ds:DigestValue', $reference)->textContent);
                }
            }
            if ($digests !== [self::digest($part)]) {
                throw new NotBelieved("its $part->localName is not signed, or was changed after it was");
            }
        }
        if (preg_replace('/\s/', '', $confirmation->getAttribute('Value')) !== $signatureValue) {
            throw new NotBelieved('it answers another request');
        }
        // An old answer may have been recorded and played back.
        $created = strtotime(self::only($xpath, 'wsu:Created', $timestamp)->textContent);
        $expires = strtotime(self::only($xpath, 'wsu:Expires', $timestamp)->textContent);
        if (!$created || !$expires || $created > time() + self::CLOCK_SKEW || $expires < time() - self::CLOCK_SKEW) {
            throw new NotBelieved('its Timestamp is not of now');
        }
        return '<s:Envelope xmlns:s="' . self::NS['s'] . '">' . $body->C14N(true) . '</s:Envelope>';
    }

    /** Our authority certifies users as well: only the service may answer. */
    private function keyOfService(string $token): OpenSSLAsymmetricKey
    {
        $pem = "-----BEGIN CERTIFICATE-----\n" . chunk_split($token, 64, "\n") . "-----END CERTIFICATE-----\n";
        $certificate = @openssl_x509_read($pem);
        if (!$certificate || openssl_x509_verify($certificate, openssl_pkey_get_public($this->authority)) !== 1) {
            throw new NotBelieved('its certificate is not of our authority');
        }
        $fields = openssl_x509_parse($certificate);
        if ($fields['validFrom_time_t'] > time() || $fields['validTo_time_t'] < time()) {
            throw new NotBelieved('its certificate is not valid now');
        }
        $names = array_map(fn ($type, $name) => "$type=$name", array_keys($fields['subject']), $fields['subject']);
        $subject = implode(',', array_reverse($names));
        if ($subject !== self::SERVICE) {
            throw new NotBelieved("it is signed by $subject");
        }
        return openssl_pkey_get_public($certificate);
    }

    private static function only(DOMXPath $xpath, string $path, ?DOMNode $in = null): DOMElement
    {
        $found = $xpath->query($path, $in);
        if ($found->length !== 1) {
            throw new NotBelieved("there are $found->length $path, not one");
        }
        return $found[0];
    }

    private static function digest(DOMElement $part): string
    {
        return base64_encode(hash('sha256', $part->C14N(true), true));
    }

    private static function parse(string $xml): DOMDocument
    {
        $document = new DOMDocument();
        if ($xml === '' || !@$document->loadXML($xml, LIBXML_NONET) || $document->doctype) {
            throw new NotBelieved('it is no plain SOAP');
        }
        return $document;
    }

    private static function xpath(DOMDocument $document): DOMXPath
    {
        $xpath = new DOMXPath($document);
        foreach (self::NS as $prefix => $uri) {
            $xpath->registerNamespace($prefix, $uri);
        }
        return $xpath;
    }

    private static function read(string $file): string
    {
        $content = @file_get_contents($file);
        return $content === false ? throw new RuntimeException("$file can't be read") : $content;
    }
}
