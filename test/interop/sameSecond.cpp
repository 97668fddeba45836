// Asks twenty times for one volume, beginning with a second of the clock.

#include <cstdlib>
#include <ctime>
#include <iostream>

#include "VBSLustreSoap11.nsmap"
#include "signed_client.hpp"

int main(int, char **arguments) {
  SignedClient vbs(std::getenv("VBS_URL"), std::getenv("VBS_PKI"), "alice");
  for (const time_t start = time(nullptr); time(nullptr) == start;);
  for (int turn = 0; turn < 20; turn++) {
    _vbs__DescribeVolume request;
    request.volumeId = arguments[1];
    const auto volume = vbs.call(soap_call___vbs__DescribeVolume, request);
    std::cout << volume.volumeId << " is " << volume.status << std::endl;
  }
}
