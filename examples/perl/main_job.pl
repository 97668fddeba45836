#!/usr/bin/perl
# The life of a volume, by a Perl client.
# Install: apt install libsoap-lite-perl liblwp-protocol-https-perl libxml-libxml-perl libcrypt-openssl-rsa-perl libcrypt-openssl-x509-perl
# Run: perl examples/perl/main_job.pl

use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use VbsClient;

$| = 1;
my $VMM = $ENV{VBS_VMM} // 'vmm1';
my ($VM1, $VM2) = ($ENV{VBS_VM1} // 'vm1', $ENV{VBS_VM2} // 'vm2');
my $vbs;

sub main_job {
    my $volume = $vbs->call(CreateVolume => sizeMiB => 64, clientToken => new_token());
    my $id = $volume->{volumeId};
    say_line("CreateVolume: $id is $volume->{status}");
    $volume = available(sub { $vbs->call(DescribeVolume => volumeId => $id) });
    say_line("DescribeVolume: $id is $volume->{status}, $volume->{sizeBytes} bytes");

    attach($id, $VM1, 'w');
    $volume = $vbs->call(DescribeVolume => volumeId => $id);
    my $to = $volume->{attachmentSet}{item};
    say_line("DescribeVolume: $id is $volume->{status}, $to->{status} to $to->{instanceId} as $to->{device}, $to->{attachMode}");
    refused('VolumeInUse', "AttachVolume $id to $VM2", sub { attach($id, $VM2, 'w') });
    detach($id, $VM1);

    my $snapshot = $vbs->call(CreateSnapshot => volumeId => $id, clientToken => new_token())->{snapshotId};
    available(sub { $vbs->call(DescribeSnapshot => snapshotId => $snapshot) });
    say_line("CreateSnapshot: $snapshot of $id is available");
    my $copy = $vbs->call(CreateVolume => snapshotId => $snapshot, clientToken => new_token())->{volumeId};
    available(sub { $vbs->call(DescribeVolume => volumeId => $copy) });
    say_line("CreateVolume: $copy from $snapshot is available");

    attach($copy, $_, 'r') for $VM1, $VM2;    # r: many may share it
    detach($copy, $_) for $VM1, $VM2;
    $vbs->call(DeleteSnapshot => snapshotId => $snapshot);
    say_line("DeleteSnapshot: $snapshot");
    for my $each ($id, $copy) {
        $vbs->call(DeleteVolume => volumeId => $each);
        say_line("DeleteVolume: $each");
        refused('InvalidVolume.NotFound', "DescribeVolume $each", sub { deleted($each) });
    }
}

sub attach {
    my ($volume, $vm, $mode) = @_;
    my @place = (volumeId => $volume, instanceId => $vm, vmm => $VMM, device => 'xvdb', attachMode => $mode);
    my $to = $vbs->call(AttachVolume => @place);
    say_line("AttachVolume: $volume $to->{status} to $to->{instanceId} as $to->{device}, $to->{attachMode}");
}

sub detach {
    my ($volume, $vm) = @_;
    $vbs->call(DetachVolume => volumeId => $volume, instanceId => $vm);
    say_line("DetachVolume: $volume from $vm");
}

# Creating and copying take a while: asks until it is done.
sub available {
    my ($describe) = @_;
    for (1 .. 300) {
        my $it = $describe->();
        return $it if $it->{status} eq 'available';
        die VbsClient::Failed->new("The status is $it->{status}: $it->{statusMessage}") if $it->{status} ne 'pending';
        select undef, undef, undef, 0.2;
    }
    die VbsClient::Failed->new('It is still pending after a minute.');
}

# So does deleting: asks until that is done, and once more.
sub deleted {
    my ($volume) = @_;
    for (1 .. 300) {
        return if $vbs->call(DescribeVolume => volumeId => $volume)->{status} ne 'deleting';
        select undef, undef, undef, 0.2;
    }
}

sub refused {
    my ($code, $what, $call) = @_;
    eval { $call->(); 1 } and die VbsClient::Failed->new("$what was not refused.");
    my $fault = $@;
    die $fault unless ref $fault && $fault->isa('VbsClient::Refused') && $fault->code eq $code;
    say_line("$what: refused with $code");
}

sub new_token { return join '', map { sprintf '%04x', rand 65536 } 1 .. 8 }

sub say_line { print "$_[0]\n" }

my $is_done = eval {
    my ($url, $pki) = ($ENV{VBS_URL} // 'https://127.0.0.1:8443/vbslustre', $ENV{VBS_PKI} // '.vbs/pki');
    $vbs = VbsClient->new($url, $pki, $ENV{VBS_USER} // 'alice');
    main_job();
    1;
};
unless ($is_done) {
    print STDERR ref $@ && $@->can('message') ? $@->message . "\n" : $@;
    exit 1;
}
