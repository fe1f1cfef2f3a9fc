#include "tests/faults/disk_model.h"

#include <algorithm>

namespace rosterd::faults {
namespace {

constexpr std::size_t kSector = 512;

void put(std::string& to, std::int64_t at, std::string_view bytes) {
  const auto end = static_cast<std::size_t>(at) + bytes.size();
  if (to.size() < end) to.resize(end, '\0');
  std::copy(bytes.begin(), bytes.end(), to.begin() + at);
}

}  // namespace

void DiskFile::write(std::int64_t at, std::string_view bytes) {
  pending_.push_back({at, std::string(bytes), false});
}

void DiskFile::truncate(std::int64_t size) {
  pending_.push_back({size, {}, true});
}

void DiskFile::sync() {
  for (const Change& change : pending_) apply(durable_, change);
  pending_.clear();
}

void DiskFile::lose() {
  pending_.clear();
}

void DiskFile::apply(std::string& to, const Change& change) {
  if (change.cuts) {
    to.resize(static_cast<std::size_t>(change.at), '\0');
  } else {
    put(to, change.at, change.bytes);
  }
}

// Sector by sector; a write that begins inside a sector shares its fate with that part only.
void DiskFile::apply_some(std::string& to, const Change& change, std::mt19937_64& chance) {
  if (change.cuts) {
    if (chance() % 2 == 0) apply(to, change);
    return;
  }
  const std::string_view bytes = change.bytes;
  const bool whole = chance() % 3 == 0;
  for (std::size_t from = 0; from < bytes.size();) {
    const std::size_t in_sector = (static_cast<std::size_t>(change.at) + from) % kSector;
    const std::size_t length = std::min(kSector - in_sector, bytes.size() - from);
    if (whole || chance() % 2 == 0) put(to, change.at + static_cast<std::int64_t>(from), bytes.substr(from, length));
    from += length;
  }
}

std::string DiskFile::survivors(Survive survive, std::mt19937_64& chance) const {
  std::string image = durable_;
  switch (survive) {
    case Survive::nothing:
      break;
    case Survive::all:
      for (const Change& change : pending_) apply(image, change);
      break;
    case Survive::prefix: {
      const std::size_t count = pending_.empty() ? 0 : chance() % (pending_.size() + 1);
      for (std::size_t i = 0; i < count; ++i)
        i + 1 < count ? apply(image, pending_[i]) : apply_some(image, pending_[i], chance);
      break;
    }
    case Survive::some:
      for (const Change& change : pending_)
        if (chance() % 2 == 0) apply_some(image, change, chance);
      break;
  }
  return image;
}

}  // namespace rosterd::faults
