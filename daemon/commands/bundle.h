// The support bundle of `doctor --bundle`: what somebody needs who helps from outside, as one JSON document. Never a
// secret, nor where one lies; people as numbers, unless `personal` adds addresses and names of what the findings say.
#pragma once

#include <vector>

#include "daemon/commands/services.h"

namespace rosterd::commands {

scim::Object support_bundle(const Services&, const std::vector<Finding>& findings, bool personal);
scim::Object support_bundle(const config::Config&, const std::vector<Finding>& findings, bool personal);  // no store

}  // namespace rosterd::commands
