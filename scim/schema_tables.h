// The tables behind schema.h, one function per schema. Private to catalogue.cpp and schema.cpp.
#pragma once

#include "scim/schema.h"

namespace rosterd::scim::tables {

Schema common();
Schema user();
Schema group();
Schema enterprise();
Schema access();

}  // namespace rosterd::scim::tables
