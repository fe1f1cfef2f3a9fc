#include "daemon/log/log.h"

#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <mutex>

#include "daemon/log/format.h"

namespace rosterd::log {
namespace {

std::atomic<Level> g_level{Level::info};
std::atomic<Format> g_format{Format::automatic};
std::mutex g_output;  // whole lines; also guards g_sink
Sink g_sink;
thread_local std::string t_request_id;

// $JOURNAL_STREAM is "device:inode" of the stream that systemd gave us; a redirected standard error differs.
bool stderr_is_the_journal() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat info {};
  if (stream == nullptr || ::fstat(STDERR_FILENO, &info) != 0) return false;
  return std::to_string(info.st_dev) + ":" + std::to_string(info.st_ino) == stream;
}

Format resolved(Format format) {
  static const bool journal = stderr_is_the_journal();
  if (format != Format::automatic) return format;
  return journal ? Format::journal : Format::text;
}

void write_line(const std::string& line) {
  std::size_t done = 0;
  while (done < line.size()) {
    const ssize_t written = ::write(STDERR_FILENO, line.data() + done, line.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // nobody to tell
    done += static_cast<std::size_t>(written);
  }
}

int priority(Level level) {
  switch (level) {
    case Level::debug:
      return 7;
    case Level::info:
      return 6;
    case Level::warning:
      return 4;
    case Level::error:
      return 3;
  }
  return 3;
}

bool send_to_journal(const Event& event) {
  std::vector<std::string> texts = as_journal(event);
  texts.push_back("MESSAGE=" + as_text(event, false));
  texts.push_back("PRIORITY=" + std::to_string(priority(event.level)));
  texts.emplace_back("SYSLOG_IDENTIFIER=rosterd");
  std::vector<iovec> parts;
  for (std::string& text : texts) parts.push_back({text.data(), text.size()});
  return ::sd_journal_sendv(parts.data(), static_cast<int>(parts.size())) == 0;
}

void emit(Level level, std::string_view name, Fields fields) {
  if (!enabled(level)) return;
  const Event event{.level = level,
                    .name = name,
                    .request_id = t_request_id,
                    .fields = {fields.begin(), fields.size()},
                    .at = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now())};
  const Format format = resolved(g_format.load(std::memory_order_relaxed));
  std::string line = format == Format::json ? as_json(event) : as_text(event, true);
  const std::lock_guard lock{g_output};
  if (g_sink) return g_sink(level, line);
  if (format == Format::journal && send_to_journal(event)) return;
  line += '\n';
  write_line(line);
}

}  // namespace

void debug(std::string_view event, Fields fields) {
  emit(Level::debug, event, fields);
}
void info(std::string_view event, Fields fields) {
  emit(Level::info, event, fields);
}
void warning(std::string_view event, Fields fields) {
  emit(Level::warning, event, fields);
}
void error(std::string_view event, Fields fields) {
  emit(Level::error, event, fields);
}

bool enabled(Level level) {
  return level >= g_level.load(std::memory_order_relaxed);
}

void configure(Level level, Format format) {
  g_level.store(level, std::memory_order_relaxed);
  g_format.store(format, std::memory_order_relaxed);
}

void set_sink(Sink sink) {
  const std::lock_guard lock{g_output};
  g_sink = std::move(sink);
}

RequestScope::RequestScope(std::string_view request_id) : outer_(std::move(t_request_id)) {
  t_request_id = request_id;
}
RequestScope::~RequestScope() {
  t_request_id = std::move(outer_);
}

}  // namespace rosterd::log
