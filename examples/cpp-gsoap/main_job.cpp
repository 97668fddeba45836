// The life of a volume, by a C++ client.

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <thread>

#include "VBSLustreSoap11.nsmap"
#include "signed_client.hpp"

using std::cout, std::endl, std::string;

static string setting(const char *name, const char *otherwise) {
  const char *value = std::getenv(name);
  return value ? value : otherwise;
}

static const string VMM = setting("VBS_VMM", "vmm1");
static const string VM1 = setting("VBS_VM1", "vm1");
static const string VM2 = setting("VBS_VM2", "vm2");

// The same create request with the same token is done once. Without one, two that are alike within a second would
// be the same message to the service (gSOAP's Timestamp counts seconds), and the second would be refused as a replay.
static string *new_token() {
  static string token;
  token = "cpp-" + std::to_string(std::chrono::system_clock::now().time_since_epoch().count());
  return &token;
}

static auto describe(SignedClient &vbs, const string &volume) {
  _vbs__DescribeVolume request;
  request.volumeId = volume;
  return vbs.call(soap_call___vbs__DescribeVolume, request);
}

static auto describe_snapshot(SignedClient &vbs, const string &snapshot) {
  _vbs__DescribeSnapshot request;
  request.snapshotId = snapshot;
  return vbs.call(soap_call___vbs__DescribeSnapshot, request);
}

// Creating and copying take a while: asks until it is done.
template <class Describe> static auto available(Describe describe) {
  for (int turn = 0; turn < 300; turn++) {
    const auto it = describe();
    if (it.status == "available") return it;
    if (it.status != "pending") throw std::runtime_error("The status is " + it.status);
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  throw std::runtime_error("It is still pending after a minute.");
}

// So does deleting: asks until that is done, and once more.
static void deleted(SignedClient &vbs, const string &volume) {
  for (int turn = 0; turn < 300 && describe(vbs, volume).status == "deleting"; turn++)
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
}

static void attach(SignedClient &vbs, const string &volume, const string &vm, vbs__AttachMode mode) {
  _vbs__AttachVolume request;
  request.volumeId = volume;
  request.instanceId = vm;
  request.vmm = VMM;
  request.device = "xvdb";
  request.attachMode = mode;
  const auto to = vbs.call(soap_call___vbs__AttachVolume, request);
  cout << "AttachVolume: " << volume << " " << to.status << " to " << to.instanceId << " as " << to.device << ", "
       << (to.attachMode == vbs__AttachMode::w ? "w" : "r") << endl;
}

static void detach(SignedClient &vbs, const string &volume, string vm) {
  _vbs__DetachVolume request;
  request.volumeId = volume;
  request.instanceId = &vm;
  vbs.call(soap_call___vbs__DetachVolume, request);
  cout << "DetachVolume: " << volume << " from " << vm << endl;
}

template <class Call> static void refused(const string &code, const string &what, Call call) {
  try {
    call();
  } catch (const Refusal &refusal) {
    if (refusal.code != code) throw;
    cout << what << ": refused with " << code << endl;
    return;
  }
  throw std::runtime_error(what + " was not refused.");
}

static void main_job(SignedClient &vbs) {
  LONG64 size = 64;
  _vbs__CreateVolume create;
  create.sizeMiB = &size;
  create.clientToken = new_token();
  auto volume = vbs.call(soap_call___vbs__CreateVolume, create);
  const string id = volume.volumeId;
  cout << "CreateVolume: " << id << " is " << volume.status << endl;
  volume = available([&] { return describe(vbs, id); });
  cout << "DescribeVolume: " << id << " is " << volume.status << ", " << volume.sizeBytes << " bytes" << endl;

  attach(vbs, id, VM1, vbs__AttachMode::w);
  volume = describe(vbs, id);
  if (volume.attachmentSet->item.size() != 1) throw std::runtime_error(id + " has not one attachment.");
  const vbs__Attachment &to = *volume.attachmentSet->item[0];
  cout << "DescribeVolume: " << id << " is " << volume.status << ", " << to.status << " to " << to.instanceId << " as "
       << to.device << ", " << (to.attachMode == vbs__AttachMode::w ? "w" : "r") << endl;
  refused("VolumeInUse", "AttachVolume " + id + " to " + VM2, [&] { attach(vbs, id, VM2, vbs__AttachMode::w); });
  detach(vbs, id, VM1);

  _vbs__CreateSnapshot copy;
  copy.volumeId = id;
  copy.clientToken = new_token();
  string snapshot = vbs.call(soap_call___vbs__CreateSnapshot, copy).snapshotId;
  available([&] { return describe_snapshot(vbs, snapshot); });
  cout << "CreateSnapshot: " << snapshot << " of " << id << " is available" << endl;
  _vbs__CreateVolume restore;
  restore.snapshotId = &snapshot;
  restore.clientToken = new_token();
  const string second = vbs.call(soap_call___vbs__CreateVolume, restore).volumeId;
  available([&] { return describe(vbs, second); });
  cout << "CreateVolume: " << second << " from " << snapshot << " is available" << endl;

  for (const string &vm : {VM1, VM2}) attach(vbs, second, vm, vbs__AttachMode::r); // r: many may share it
  for (const string &vm : {VM1, VM2}) detach(vbs, second, vm);

  _vbs__DeleteSnapshot forget;
  forget.snapshotId = snapshot;
  vbs.call(soap_call___vbs__DeleteSnapshot, forget);
  cout << "DeleteSnapshot: " << snapshot << endl;
  for (const string &each : {id, second}) {
    _vbs__DeleteVolume remove;
    remove.volumeId = each;
    vbs.call(soap_call___vbs__DeleteVolume, remove);
    cout << "DeleteVolume: " << each << endl;
    refused("InvalidVolume.NotFound", "DescribeVolume " + each, [&] { deleted(vbs, each); });
  }
}

int main() {
  try {
    SignedClient vbs(setting("VBS_URL", "https://127.0.0.1:8443/vbslustre"), setting("VBS_PKI", ".vbs/pki"),
                     setting("VBS_USER", "alice"));
    main_job(vbs);
    return 0;
  } catch (const Refusal &refusal) {
    std::cerr << "Refused with " << refusal.code << ": " << refusal.what() << endl;
  } catch (const std::exception &error) {
    std::cerr << error.what() << endl;
  }
  return 1;
}
