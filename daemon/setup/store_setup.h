// What the configuration says to the store: rules, link modes, authority, roles and sources.
#pragma once

#include "daemon/config/config.h"
#include "store/store.h"

namespace rosterd::setup {

store::Settings store_settings(const config::Config& config);

// Writes roles and sources into the store and exchanges its settings; at start and after each reload. Idempotent.
void apply(const config::Config& config, store::Store& store);

}  // namespace rosterd::setup
