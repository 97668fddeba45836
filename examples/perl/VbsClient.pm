package VbsClient;

# WS-Security as VBS-Lustre wants it, for SOAP::Lite, which has none: it signs requests, and believes only answers that
# the service has signed.

use strict;
use warnings;
use SOAP::Lite;

our $NAMESPACE = 'urn:vbs-lustre:vbslustre:2026-11';

sub new {
    my ($class, $url, $pki, $user) = @_;
    my $soap = SOAP::Lite->new(proxy => $url, default_ns => $NAMESPACE, autotype => 0);
    $soap->on_action(sub { "$NAMESPACE/$_[1]" });
    $soap->on_fault(sub { return $_[1] });
    my $transport = $soap->transport->proxy;
    $transport->ssl_opts(SSL_ca_file => "$pki/ca.crt", verify_hostname => 1);
    VbsClient::Signing::over($transport, $pki, $user);
    return bless { soap => $soap }, $class;
}

# Calls an operation with parameters in the order of the WSDL; gives the answer's elements as a hash, in which
# what may be repeated is an array only if it is.
sub call {
    my ($self, $operation, @parameters) = @_;
    my @elements;
    while (my ($name, $value) = splice @parameters, 0, 2) {
        push @elements, SOAP::Data->name($name)->value($value)->type('');
    }
    my $answer = $self->{soap}->call($operation => @elements);
    if ($answer->fault) {
        my $detail = $answer->faultdetail;
        my $code = ref $detail ? $detail->{ServiceFault}{code} : $answer->faultcode;
        die VbsClient::Refused->new($code, $answer->faultstring);
    }
    return $answer->valueof("//${operation}Response");
}

package VbsClient::Signing;

# SOAP::Lite's https transport, with a signature on what goes out and a look at that of what comes in.

use Crypt::OpenSSL::RSA;
use Crypt::OpenSSL::X509;
use Digest::SHA 'sha256_base64';
use Encode qw(decode encode);
use MIME::Base64;
use POSIX 'strftime';
use SOAP::Transport::HTTP;
use Time::Local 'timegm';
use XML::LibXML;
use XML::LibXML::XPathContext;

our @ISA = 'SOAP::Transport::HTTP::Client';

my $CLOCK_SKEW = 60;
my $OASIS = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-';
my $C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#';
my %NS = (
    s      => 'http://schemas.xmlsoap.org/soap/envelope/',
    ds     => 'http://www.w3.org/2000/09/xmldsig#',
    wsse   => "${OASIS}wssecurity-secext-1.0.xsd",
    wsse11 => 'http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd',
    wsu    => "${OASIS}wssecurity-utility-1.0.xsd",
);
my $SECURITY = '/s:Envelope/s:Header/wsse:Security';

sub over {
    my ($transport, $pki, $user) = @_;
    $transport->{vbs_token} = token_of("$pki/$user.crt");
    $transport->{vbs_key} = Crypt::OpenSSL::RSA->new_private_key(content("$pki/$user.key"));
    # Our authority certifies users as well: only the service may answer.
    $transport->{vbs_service_token} = token_of("$pki/vbslustre.crt");
    my $service = Crypt::OpenSSL::X509->new_from_string(content("$pki/vbslustre.crt"));
    $transport->{vbs_service_key} = Crypt::OpenSSL::RSA->new_public_key($service->pubkey);
    $_->use_sha256_hash for @$transport{qw(vbs_key vbs_service_key)};
    return bless $transport, __PACKAGE__;
}

sub send_receive {
    my ($self, %message) = @_;
    ($message{envelope}, my $signature) = $self->sign($message{envelope});
    my $answer = $self->SUPER::send_receive(%message);
    # LWP's own words, such as that it can't connect.
    die VbsClient::Failed->new('The call failed: ' . $self->message)
        if ($self->http_response->header('Client-Warning') // '') eq 'Internal response';
    return $self->verified($answer, $signature);
}

sub sign {
    my ($self, $envelope) = @_;
    my $document = parse(encode('UTF-8', $envelope));
    my $xpath = xpath($document);
    my $body = only($xpath, '/s:Envelope/s:Body');
    $body->setAttributeNS($NS{wsu}, 'wsu:Id', 'Body');
    my $header = $document->createElementNS($NS{s}, $body->prefix . ':Header');
    $body->parentNode->insertBefore($header, $body);
    my $security = parse($self->security_header)->documentElement;
    $document->adoptNode($security);
    $header->appendChild($security);

    for my $part ($body, only($xpath, "$SECURITY/wsu:Timestamp")) {
        my $id = $part->getAttributeNS($NS{wsu}, 'Id');
        only($xpath, "//ds:Reference[\@URI='#$id']/ds:DigestValue")->appendText(digest($part));
    }
    my $signed_info = only($xpath, '//ds:SignedInfo');
    my $signature = encode_base64($self->{vbs_key}->sign($signed_info->toStringEC14N(0)), '');
    only($xpath, '//ds:SignatureValue')->appendText($signature);
    return (decode('UTF-8', $document->toString), $signature);
}

sub security_header {
    my ($self) = @_;
    my $x509 = "${OASIS}x509-token-profile-1.0#X509v3";
    my ($created, $expires) = map { strftime('%Y-%m-%dT%H:%M:%SZ', gmtime $_) } time, time + 300;
    my ($body, $timestamp) = map { <<"XML" } qw(Body Timestamp);
<ds:Reference URI="#$_">
  <ds:Transforms><ds:Transform Algorithm="$C14N"/></ds:Transforms>
  <ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue/></ds:Reference>
XML
    return <<"XML";
<wsse:Security xmlns:wsse="$NS{wsse}" xmlns:wsu="$NS{wsu}" xmlns:ds="$NS{ds}">
  <wsse:BinarySecurityToken wsu:Id="Token" ValueType="$x509"
    EncodingType="${OASIS}soap-message-security-1.0#Base64Binary">$self->{vbs_token}</wsse:BinarySecurityToken>
  <wsu:Timestamp wsu:Id="Timestamp">
    <wsu:Created>$created</wsu:Created><wsu:Expires>$expires</wsu:Expires>
  </wsu:Timestamp>
  <ds:Signature>
    <ds:SignedInfo>
      <ds:CanonicalizationMethod Algorithm="$C14N"/>
      <ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>
      $body$timestamp
    </ds:SignedInfo>
    <ds:SignatureValue/>
    <ds:KeyInfo><wsse:SecurityTokenReference>
      <wsse:Reference URI="#Token" ValueType="$x509"/>
    </wsse:SecurityTokenReference></ds:KeyInfo>
  </ds:Signature>
</wsse:Security>
XML
}

# An envelope of the signed Body alone.
#
# It does not matter which algorithms the answer names: what is not RSA-SHA256 over SHA-256 digests of exclusive
# canonical forms does not fit.
sub verified {
    my ($self, $answer, $request_signature) = @_;
    my $xpath = xpath(parse($answer));
    my $signed_info = only($xpath, "$SECURITY/ds:Signature/ds:SignedInfo");
    my $signature = decode_base64(only($xpath, "$SECURITY/ds:Signature/ds:SignatureValue")->textContent);
    my $token = without_spaces(only($xpath, "$SECURITY/wsse:BinarySecurityToken")->textContent);
    not_believed('it is not signed by the service') if $token ne $self->{vbs_service_token};
    my $is_right = eval { $self->{vbs_service_key}->verify($signed_info->toStringEC14N(0), $signature) };
    not_believed('its signature is wrong') unless $is_right;

    my $body = only($xpath, '/s:Envelope/s:Body');
    my $timestamp = only($xpath, "$SECURITY/wsu:Timestamp");
    my $confirmation = only($xpath, "$SECURITY/wsse11:SignatureConfirmation");
    for my $part ($body, $timestamp, $confirmation) {
        my $uri = '#' . ($part->getAttributeNS($NS{wsu}, 'Id') // '');
        my @references = grep { ($_->getAttribute('URI') // '') eq $uri } $xpath->findnodes('ds:Reference', $signed_info);
        my @digests = map { without_spaces(only($xpath, 'ds:DigestValue', $_)->textContent) } @references;
        not_believed('its ' . $part->localname . ' is not signed, or was changed after it was')
            unless @digests == 1 && $digests[0] eq digest($part);
    }
    not_believed('it answers another request')
        if without_spaces($confirmation->getAttribute('Value') // '') ne $request_signature;
    # An old answer may have been recorded and played back.
    my ($created, $expires) = map { seconds(only($xpath, "wsu:$_", $timestamp)->textContent) } qw(Created Expires);
    not_believed('its Timestamp is not of now') if $created > time + $CLOCK_SKEW || $expires < time - $CLOCK_SKEW;
    return qq(<s:Envelope xmlns:s="$NS{s}">) . decode('UTF-8', $body->toStringEC14N(0)) . '</s:Envelope>';
}

sub only {
    my ($xpath, $path, $in) = @_;
    my @found = $xpath->findnodes($path, $in);
    not_believed('there are ' . @found . " $path, not one") unless @found == 1;
    return $found[0];
}

sub digest {
    my ($part) = @_;
    return sha256_base64($part->toStringEC14N(0)) . '=';
}

sub parse {
    my ($xml) = @_;
    my $parser = XML::LibXML->new(no_network => 1, expand_entities => 0, load_ext_dtd => 0);
    my $document = eval { $parser->parse_string($xml // '') };
    not_believed('it is no plain SOAP') if !$document || $document->internalSubset;
    return $document;
}

sub xpath {
    my $xpath = XML::LibXML::XPathContext->new(@_);
    $xpath->registerNs($_ => $NS{$_}) for keys %NS;
    return $xpath;
}

sub seconds {
    my ($time) = @_;
    my ($year, $month, @rest) = $time =~ /^\s*(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?Z\s*$/
        or not_believed('its Timestamp is none');
    return timegm(reverse(@rest), $month - 1, $year);
}

sub token_of {
    my ($file) = @_;
    return without_spaces(content($file) =~ s/-----[^-]*-----//gr);
}

sub without_spaces { return $_[0] =~ s/\s//gr }

sub content {
    my ($file) = @_;
    open my $handle, '<', $file or die VbsClient::Failed->new("$file can't be read");
    local $/;
    return <$handle>;
}

sub not_believed { die VbsClient::Failed->new("The answer is not believed: $_[0]") }

package VbsClient::Failed;

sub new { my ($class, $message) = @_; return bless { message => $message }, $class }
sub message { return $_[0]{message} }

package VbsClient::Refused;

our @ISA = 'VbsClient::Failed';

sub new {
    my ($class, $code, $words) = @_;
    return bless { code => $code, message => "Refused with $code: $words" }, $class;
}
sub code { return $_[0]{code} }

1;
