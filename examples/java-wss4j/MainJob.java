// The life of a volume, by a Java client.

import java.net.URL;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.logging.LogManager;
import javax.net.ssl.HttpsURLConnection;
import javax.xml.ws.BindingProvider;
import javax.xml.ws.handler.Handler;
import vbslustre.*;

public final class MainJob {
  private static final String VMM = setting("VBS_VMM", "vmm1");
  private static final String VM1 = setting("VBS_VM1", "vm1");
  private static final String VM2 = setting("VBS_VM2", "vm2");

  public static void main(String[] args) {
    LogManager.getLogManager().reset(); // JAX-WS wonders at a policy that it leaves to us
    try {
      new MainJob().run();
    } catch (ServiceFault fault) {
      fail("Refused with " + fault.getFaultInfo().getCode() + ": " + fault.getMessage());
    } catch (Exception error) {
      fail(error.getMessage());
    }
  }

  private final VBSLustre vbs;

  private MainJob() throws Exception {
    String url = setting("VBS_URL", "https://127.0.0.1:8443/vbslustre");
    SignedClient client = new SignedClient(setting("VBS_PKI", ".vbs/pki"), setting("VBS_USER", "alice"));
    HttpsURLConnection.setDefaultSSLSocketFactory(client.sockets());
    vbs = new VBSLustreService(new URL(url + "?wsdl")).getVBSLustrePort();
    ((BindingProvider) vbs).getBinding().setHandlerChain(List.<Handler>of(client));
  }

  private void run() throws Exception {
    var create = new CreateVolume();
    create.setSizeMiB(64L);
    create.setClientToken(newToken());
    var volume = vbs.createVolume(create);
    String id = volume.getVolumeId();
    say("CreateVolume: %s is %s", id, volume.getStatus());
    available(() -> describe(id).getStatus());
    volume = describe(id);
    say("DescribeVolume: %s is %s, %d bytes", id, volume.getStatus(), volume.getSizeBytes());

    attach(id, VM1, AttachMode.W);
    volume = describe(id);
    var to = volume.getAttachmentSet().getItem().get(0);
    say("DescribeVolume: %s is %s, %s to %s as %s, %s", id, volume.getStatus(), to.getStatus(), to.getInstanceId(),
        to.getDevice(), to.getAttachMode().value());
    refused("VolumeInUse", "AttachVolume " + id + " to " + VM2, () -> attach(id, VM2, AttachMode.W));
    detach(id, VM1);

    var copy = new CreateSnapshot();
    copy.setVolumeId(id);
    copy.setClientToken(newToken());
    String snapshot = vbs.createSnapshot(copy).getSnapshotId();
    var which = new DescribeSnapshot();
    which.setSnapshotId(snapshot);
    available(() -> vbs.describeSnapshot(which).getStatus());
    say("CreateSnapshot: %s of %s is available", snapshot, id);
    var restore = new CreateVolume();
    restore.setSnapshotId(snapshot);
    restore.setClientToken(newToken());
    String second = vbs.createVolume(restore).getVolumeId();
    available(() -> describe(second).getStatus());
    say("CreateVolume: %s from %s is available", second, snapshot);

    for (String vm : List.of(VM1, VM2)) attach(second, vm, AttachMode.R); // r: many may share it
    for (String vm : List.of(VM1, VM2)) detach(second, vm);

    var forget = new DeleteSnapshot();
    forget.setSnapshotId(snapshot);
    vbs.deleteSnapshot(forget);
    say("DeleteSnapshot: %s", snapshot);
    for (String each : List.of(id, second)) {
      var delete = new DeleteVolume();
      delete.setVolumeId(each);
      vbs.deleteVolume(delete);
      say("DeleteVolume: %s", each);
      refused("InvalidVolume.NotFound", "DescribeVolume " + each, () -> deleted(each));
    }
  }

  private VolumeResponse describe(String volume) throws ServiceFault {
    var request = new DescribeVolume();
    request.setVolumeId(volume);
    return vbs.describeVolume(request);
  }

  private AttachmentResponse attach(String volume, String vm, AttachMode mode) throws ServiceFault {
    var request = new AttachVolume();
    request.setVolumeId(volume);
    request.setInstanceId(vm);
    request.setVmm(VMM);
    request.setDevice("xvdb");
    request.setAttachMode(mode);
    var to = vbs.attachVolume(request);
    say("AttachVolume: %s %s to %s as %s, %s", volume, to.getStatus(), to.getInstanceId(), to.getDevice(),
        to.getAttachMode().value());
    return to;
  }

  private void detach(String volume, String vm) throws ServiceFault {
    var request = new DetachVolume();
    request.setVolumeId(volume);
    request.setInstanceId(vm);
    vbs.detachVolume(request);
    say("DetachVolume: %s from %s", volume, vm);
  }

  /** Creating and copying take a while: asks until it is done. */
  private static void available(Callable<String> status) throws Exception {
    for (int turn = 0; turn < 300; turn++) {
      String it = status.call();
      if (it.equals("available")) return;
      if (!it.equals("pending")) throw new IllegalStateException("The status is " + it);
      Thread.sleep(200);
    }
    throw new IllegalStateException("It is still pending after a minute.");
  }

  /** So does deleting: asks until that is done, and once more. */
  private String deleted(String volume) throws Exception {
    String status = describe(volume).getStatus();
    for (int turn = 0; turn < 300 && status.equals("deleting"); turn++) {
      Thread.sleep(200);
      status = describe(volume).getStatus();
    }
    return status;
  }

  private static void refused(String code, String what, Callable<?> call) throws Exception {
    try {
      call.call();
    } catch (ServiceFault fault) {
      if (!fault.getFaultInfo().getCode().equals(code)) throw fault;
      say("%s: refused with %s", what, code);
      return;
    }
    throw new IllegalStateException(what + " was not refused.");
  }

  private static String newToken() {
    return UUID.randomUUID().toString();
  }

  private static String setting(String name, String otherwise) {
    return System.getenv().getOrDefault(name, otherwise);
  }

  private static void say(String line, Object... values) {
    System.out.println(String.format(line, values));
  }

  private static void fail(String message) {
    System.err.println(message);
    System.exit(1);
  }
}
