<?php
/** The life of a volume, by a PHP client.
 *  Install: apt install php-cli php-soap php-xml
 *  Run: php examples/php/main_job.php */

declare(strict_types=1);
ini_set('display_errors', 'stderr');
require __DIR__ . '/VbsClient.php';

function setting(string $name, string $otherwise): string
{
    return getenv($name) ?: $otherwise;
}

define('VMM', setting('VBS_VMM', 'vmm1'));
define('VM1', setting('VBS_VM1', 'vm1'));
define('VM2', setting('VBS_VM2', 'vm2'));

function main_job(VbsClient $vbs): void
{
    $volume = $vbs->CreateVolume(['sizeMiB' => 64, 'clientToken' => new_token()]);
    $id = $volume->volumeId;
    say("CreateVolume: $id is $volume->status");
    $volume = available(fn () => $vbs->DescribeVolume(['volumeId' => $id]));
    say("DescribeVolume: $id is $volume->status, $volume->sizeBytes bytes");

    attach($vbs, $id, VM1, 'w');
    $volume = $vbs->DescribeVolume(['volumeId' => $id]);
    [$to] = $volume->attachmentSet->item;
    say("DescribeVolume: $id is $volume->status, $to->status to $to->instanceId as $to->device, $to->attachMode");
    refused('VolumeInUse', "AttachVolume $id to " . VM2, fn () => attach($vbs, $id, VM2, 'w'));
    detach($vbs, $id, VM1);

    $snapshot = $vbs->CreateSnapshot(['volumeId' => $id, 'clientToken' => new_token()])->snapshotId;
    available(fn () => $vbs->DescribeSnapshot(['snapshotId' => $snapshot]));
    say("CreateSnapshot: $snapshot of $id is available");
    $copy = $vbs->CreateVolume(['snapshotId' => $snapshot, 'clientToken' => new_token()])->volumeId;
    available(fn () => $vbs->DescribeVolume(['volumeId' => $copy]));
    say("CreateVolume: $copy from $snapshot is available");

    foreach ([VM1, VM2] as $vm) {
        attach($vbs, $copy, $vm, 'r'); // r: many may share it
    }
    foreach ([VM1, VM2] as $vm) {
        detach($vbs, $copy, $vm);
    }
    $vbs->DeleteSnapshot(['snapshotId' => $snapshot]);
    say("DeleteSnapshot: $snapshot");
    foreach ([$id, $copy] as $each) {
        $vbs->DeleteVolume(['volumeId' => $each]);
        say("DeleteVolume: $each");
        refused('InvalidVolume.NotFound', "DescribeVolume $each", fn () => deleted($vbs, $each));
    }
}

function attach(VbsClient $vbs, string $volume, string $vm, string $mode): void
{
    $request = ['volumeId' => $volume, 'instanceId' => $vm, 'vmm' => VMM, 'device' => 'xvdb', 'attachMode' => $mode];
    $to = $vbs->AttachVolume($request);
    say("AttachVolume: $volume $to->status to $to->instanceId as $to->device, $to->attachMode");
}

function detach(VbsClient $vbs, string $volume, string $vm): void
{
    $vbs->DetachVolume(['volumeId' => $volume, 'instanceId' => $vm]);
    say("DetachVolume: $volume from $vm");
}

/** Creating and copying take a while: asks until it is done. */
function available(callable $describe): object
{
    $deadline = time() + 60;
    while (time() < $deadline) {
        $it = $describe();
        if ($it->status === 'available') {
            return $it;
        }
        if ($it->status !== 'pending') {
            throw new RuntimeException("The status is $it->status: $it->statusMessage");
        }
        usleep(200_000);
    }
    throw new RuntimeException('It is still pending after a minute.');
}

/** So does deleting: asks until that is done, and once more. */
function deleted(VbsClient $vbs, string $volume): void
{
    $deadline = time() + 60;
    while ($vbs->DescribeVolume(['volumeId' => $volume])->status === 'deleting' && time() < $deadline) {
        usleep(200_000);
    }
}

function refused(string $code, string $what, callable $call): void
{
    try {
        $call();
    } catch (SoapFault $fault) {
        if (code_of($fault) !== $code) {
            throw $fault;
        }
        say("$what: refused with $code");
        return;
    }
    throw new RuntimeException("$what was not refused.");
}

/** The code in the typed detail; null if the fault has none. */
function code_of(SoapFault $fault): ?string
{
    return $fault->detail->ServiceFault->code ?? null;
}

function new_token(): string
{
    return bin2hex(random_bytes(16));
}

function say(string $line): void
{
    echo $line, PHP_EOL;
}

try {
    $url = setting('VBS_URL', 'https://127.0.0.1:8443/vbslustre');
    main_job(new VbsClient($url, setting('VBS_PKI', '.vbs/pki'), setting('VBS_USER', 'alice')));
} catch (NotBelieved $error) {
    fwrite(STDERR, "The answer is not believed: {$error->getMessage()}\n");
    exit(1);
} catch (SoapFault $fault) {
    $code = code_of($fault);
    fwrite(STDERR, $code ? "Refused with $code: $fault->faultstring\n" : "The call failed: $fault->faultstring\n");
    exit(1);
} catch (RuntimeException $error) {
    fwrite(STDERR, "{$error->getMessage()}\n");
    exit(1);
}
