#include "tests/faults/fault_vfs.h"

#include <sqlite3.h>

#include <fstream>
#include <map>
#include <mutex>
#include <new>
#include <stdexcept>

#include "tests/faults/disk_model.h"

namespace rosterd::faults {

// What the callbacks share. Every decision and its effect happen under the lock, so that a cut has one instant.
struct FaultVfs::State {
  sqlite3_vfs vfs{};
  sqlite3_vfs* real = nullptr;

  mutable std::mutex mutex;  // guards what follows
  std::map<std::string, DiskFile> files;
  bool cut = false;
  std::string lies_of;
  std::uint64_t cut_number = 0;  // 0: no cut is planned
  std::uint64_t changes = 0;
  std::uint64_t syncs = 0;
  std::uint64_t failed = 0;
  struct Plan {
    Fault fault;
    std::uint64_t skip;
    std::uint64_t times;
  };
  std::vector<Plan> plans;

  // Counts one change; true: the power has gone, at the latest now.
  bool dead_at_change() {
    ++changes;
    if (cut_number != 0 && changes >= cut_number) cut = true;
    return cut;
  }
  bool meets(Fault fault) {
    for (Plan& plan : plans) {
      if (plan.fault != fault) continue;
      if (plan.skip > 0) {
        --plan.skip;
        continue;
      }
      if (plan.times == 0) continue;
      --plan.times;
      ++failed;
      return true;
    }
    return false;
  }
  DiskFile* file(const std::string& path) {
    const auto found = files.find(path);
    return found == files.end() ? nullptr : &found->second;
  }
};

namespace {

using State = FaultVfs::State;

// Lies before the real file in memory that SQLite allocates; `path` is empty for temporary files.
struct File {
  sqlite3_file base;
  State* state;
  std::string* path;
  sqlite3_file* real;
};

File* of(sqlite3_file* file) {
  return reinterpret_cast<File*>(file);
}

int close(sqlite3_file* file) {
  File* self = of(file);
  const int code = self->real->pMethods ? self->real->pMethods->xClose(self->real) : SQLITE_OK;
  delete self->path;
  return code;
}

int read(sqlite3_file* file, void* to, int size, sqlite3_int64 at) {
  File* self = of(file);
  {
    std::lock_guard lock(self->state->mutex);
    if (self->state->cut || self->state->meets(Fault::read)) return SQLITE_IOERR_READ;
  }
  return self->real->pMethods->xRead(self->real, to, size, at);
}

int write(sqlite3_file* file, const void* from, int size, sqlite3_int64 at) {
  File* self = of(file);
  std::lock_guard lock(self->state->mutex);
  const bool dead = self->state->cut;
  const bool dies = self->state->dead_at_change();
  DiskFile* disk = self->state->file(*self->path);
  // The write during which the power goes may reach the disk in parts, like those before it.
  if (disk && !dead) {
    sqlite3_int64 length = 0;
    self->real->pMethods->xFileSize(self->real, &length);
    if (at + size > length && self->state->meets(Fault::full)) return SQLITE_FULL;
    if (self->state->meets(Fault::write)) return SQLITE_IOERR_WRITE;
    disk->write(at, {static_cast<const char*>(from), static_cast<std::size_t>(size)});
  }
  if (dies) return SQLITE_IOERR_WRITE;
  // A temporary file survives nothing, but it fills the same disk.
  if (!disk && self->state->meets(Fault::full)) return SQLITE_FULL;
  return self->real->pMethods->xWrite(self->real, from, size, at);
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
  File* self = of(file);
  std::lock_guard lock(self->state->mutex);
  if (self->state->dead_at_change()) return SQLITE_IOERR_TRUNCATE;
  if (DiskFile* disk = self->state->file(*self->path)) disk->truncate(size);
  return self->real->pMethods->xTruncate(self->real, size);
}

int sync(sqlite3_file* file, int) {
  File* self = of(file);
  std::lock_guard lock(self->state->mutex);
  ++self->state->syncs;
  if (self->state->dead_at_change()) return SQLITE_IOERR_FSYNC;
  DiskFile* disk = self->state->file(*self->path);
  if (!disk || (!self->state->lies_of.empty() && self->path->ends_with(self->state->lies_of))) return SQLITE_OK;
  if (self->state->meets(Fault::sync)) {
    disk->lose();
    return SQLITE_IOERR_FSYNC;
  }
  disk->sync();  // the model is the disk: the real file needs no fsync
  return SQLITE_OK;
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
  return of(file)->real->pMethods->xFileSize(of(file)->real, size);
}
int lock(sqlite3_file* file, int kind) {
  return of(file)->real->pMethods->xLock(of(file)->real, kind);
}
int unlock(sqlite3_file* file, int kind) {
  return of(file)->real->pMethods->xUnlock(of(file)->real, kind);
}
int check_lock(sqlite3_file* file, int* out) {
  return of(file)->real->pMethods->xCheckReservedLock(of(file)->real, out);
}
int control(sqlite3_file* file, int what, void* with) {
  return of(file)->real->pMethods->xFileControl(of(file)->real, what, with);
}
int sector_size(sqlite3_file*) {
  return 512;
}
int characteristics(sqlite3_file*) {
  return 0;  // this disk promises nothing: sectors tear, writes pass each other
}
int shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** to) {
  return of(file)->real->pMethods->xShmMap(of(file)->real, page, size, extend, to);
}
int shm_lock(sqlite3_file* file, int offset, int count, int flags) {
  return of(file)->real->pMethods->xShmLock(of(file)->real, offset, count, flags);
}
void shm_barrier(sqlite3_file* file) {
  of(file)->real->pMethods->xShmBarrier(of(file)->real);
}
int shm_unmap(sqlite3_file* file, int remove) {
  return of(file)->real->pMethods->xShmUnmap(of(file)->real, remove);
}

const sqlite3_io_methods kMethods = {
    2,         close,      read,    write,       truncate,        sync,    file_size, lock,
    unlock,    check_lock, control, sector_size, characteristics, shm_map, shm_lock,  shm_barrier,
    shm_unmap, nullptr,    nullptr};

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  auto* state = static_cast<State*>(vfs->pAppData);
  File* self = of(file);
  self->base.pMethods = nullptr;
  self->state = state;
  self->real = reinterpret_cast<sqlite3_file*>(self + 1);
  {
    std::lock_guard lock(state->mutex);
    if (state->cut) return SQLITE_CANTOPEN;
    const bool kept = name && (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL));
    if (kept && !state->file(name)) state->files.emplace(name, DiskFile(bytes_of(name)));
    self->path = new std::string(kept ? name : "");
  }
  const int code = state->real->xOpen(state->real, name, self->real, flags, out_flags);
  if (self->real->pMethods) {
    self->base.pMethods = &kMethods;
  } else {
    delete self->path;
  }
  return code;
}

int remove(sqlite3_vfs* vfs, const char* name, int sync_directory) {
  auto* state = static_cast<State*>(vfs->pAppData);
  std::lock_guard lock(state->mutex);
  if (state->dead_at_change()) return SQLITE_IOERR_DELETE;
  state->files.erase(name);
  return state->real->xDelete(state->real, name, sync_directory);
}

}  // namespace

FaultVfs::FaultVfs() : state_(std::make_unique<State>()) {
  sqlite3_initialize();
  state_->real = sqlite3_vfs_find(nullptr);
  if (!state_->real) throw std::runtime_error("SQLite has no file layer");
  state_->vfs = *state_->real;  // what is not replaced belongs to the real one, which finds itself by its own data
  state_->vfs.zName = "faults";
  state_->vfs.szOsFile = static_cast<int>(sizeof(File)) + state_->real->szOsFile;
  state_->vfs.xOpen = open;
  state_->vfs.xDelete = remove;
  state_->vfs.pAppData = state_.get();
  // The real one reads its own data only in xOpen and the like, which are handed the real one.
  sqlite3_vfs_register(&state_->vfs, 1);
}

FaultVfs::~FaultVfs() {
  sqlite3_vfs_unregister(&state_->vfs);
  sqlite3_vfs_register(state_->real, 1);
}

void FaultVfs::reset() {
  std::lock_guard lock(state_->mutex);
  state_->files.clear();
  state_->plans.clear();
  state_->cut = false;
  state_->lies_of.clear();
  state_->cut_number = state_->changes = state_->syncs = state_->failed = 0;
}

void FaultVfs::cut_at(std::uint64_t number) {
  std::lock_guard lock(state_->mutex);
  state_->cut_number = state_->changes + number;
}

void FaultVfs::cut_now() {
  std::lock_guard lock(state_->mutex);
  state_->cut = true;
}

bool FaultVfs::is_cut() const {
  std::lock_guard lock(state_->mutex);
  return state_->cut;
}

void FaultVfs::write_image(const std::filesystem::path& from, const std::filesystem::path& to, Survive survive,
                           std::uint64_t seed) const {
  std::lock_guard lock(state_->mutex);
  std::mt19937_64 chance(seed);
  for (const auto& [path, file] : state_->files) {
    const std::filesystem::path name(path);
    if (name.parent_path() != from) continue;
    const std::string bytes = file.survivors(survive, chance);
    std::ofstream(to / name.filename(), std::ios::binary)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }
}

void FaultVfs::lie_about_sync(std::string file_ends) {
  std::lock_guard lock(state_->mutex);
  state_->lies_of = std::move(file_ends);
}

void FaultVfs::fail(Fault fault, std::uint64_t skip, std::uint64_t times) {
  std::lock_guard lock(state_->mutex);
  state_->plans.push_back({fault, skip, times});
}

void FaultVfs::heal() {
  std::lock_guard lock(state_->mutex);
  state_->plans.clear();
}

std::uint64_t FaultVfs::failed() const {
  std::lock_guard lock(state_->mutex);
  return state_->failed;
}

std::uint64_t FaultVfs::changes() const {
  std::lock_guard lock(state_->mutex);
  return state_->changes;
}

std::uint64_t FaultVfs::syncs() const {
  std::lock_guard lock(state_->mutex);
  return state_->syncs;
}

}  // namespace rosterd::faults
