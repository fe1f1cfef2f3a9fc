#include "daemon/http/request_pool.h"

#include <pthread.h>

#include <exception>
#include <utility>

#include "daemon/http/response_writer.h"

namespace rosterd::http {

namespace {

// Whatever the handler does, there is one sendable answer; `error` says what went wrong, for the log.
Response answer_of(const Handler& handler, const Request& request, std::string& error) {
  try {
    Response response = handler(request);
    if (is_sendable(response)) return response;
    error = "the handler's answer has an invalid status or header field";
  } catch (const std::exception& failure) {
    error = failure.what();
  } catch (...) {
    error = "the handler threw something that is no std::exception";
  }
  return plain_response(500, {}, request.id);
}

}  // namespace

void notify(const Observer& observer, const Finished& finished) {
  if (!observer) return;
  try {
    observer(finished);
  } catch (...) {
  }
}

RequestPool::RequestPool(Size size, Handler handler, Observer observer)
    : size_(size), handler_(std::move(handler)), observer_(std::move(observer)) {
  try {
    for (std::size_t i = 0; i < size.threads; ++i) {
      threads_.emplace_back([this] { work(); });
      ::pthread_setname_np(threads_.back().native_handle(), "http-request");
    }
  } catch (...) {
    stop();
    throw;
  }
}

RequestPool::~RequestPool() {
  stop();
}

RequestPool::Room RequestPool::submit(std::list<Job>& job) {
  const std::lock_guard lock(mutex_);
  // The bounds are for those who wait: a thread that is free takes its request at once.
  const std::size_t free = threads_.size() - running_;
  if (stopped_ || queue_.size() >= size_.queue_length + free) return Room::none;
  const std::string& address = job.front().address;
  const auto held = of_address_.find(address);
  if (held != of_address_.end() && held->second >= size_.address_queue_length + free) return Room::none_for_address;
  ++of_address_[address];
  queue_.splice(queue_.end(), job);
  return Room::enough;
}

void RequestPool::rouse() {
  bool one = false;
  {
    const std::lock_guard lock(mutex_);
    one = should_rouse();
  }
  if (one) work_.notify_one();
}

bool RequestPool::should_rouse() {
  return !queue_.empty() && sleeping_ > 0 && !std::exchange(roused_, true);
}

bool RequestPool::wait_idle(std::chrono::steady_clock::time_point until) {
  std::unique_lock lock(mutex_);
  return idle_.wait_until(lock, until, [this] { return queue_.empty() && running_ == 0; });
}

void RequestPool::stop() {
  std::list<Job> dropped;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    dropped.swap(queue_);
    of_address_.clear();
  }
  work_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

std::size_t RequestPool::queued() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

std::size_t RequestPool::running() const {
  const std::lock_guard lock(mutex_);
  return running_;
}

std::uint64_t RequestPool::taken() const {
  const std::lock_guard lock(mutex_);
  return taken_;
}

void RequestPool::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    while (!stopped_ && queue_.empty()) {
      ++sleeping_;
      work_.wait(lock);
      --sleeping_;
      roused_ = false;
    }
    if (stopped_) return;
    std::list<Job> job;
    job.splice(job.end(), queue_, queue_.begin());
    leave_queue(job.front().address);
    ++running_;
    ++taken_;
    const bool rouse = should_rouse();
    lock.unlock();
    if (rouse) work_.notify_one();
    run(job.front());
    job.clear();
    lock.lock();
    --running_;
    if (queue_.empty() && running_ == 0) idle_.notify_all();
  }
}

void RequestPool::leave_queue(const std::string& address) {
  if (const auto found = of_address_.find(address); --found->second == 0) of_address_.erase(found);
}

void RequestPool::run(Job& job) noexcept {
  Answer& answer = job.answer.front();
  bool written = false;
  try {
    std::string error;
    answer.response = answer_of(handler_, job.request, error);
    const auto duration = std::chrono::steady_clock::now() - job.arrived;
    auto& peer = job.request.peer;
    notify(observer_,
           {job.request.id, std::move(job.request.listener), std::move(peer.address),
            peer.certificate ? std::move(peer.certificate->fingerprint) : std::string{}, std::move(job.request.method),
            std::move(job.request.path), answer.response.status, answer.response.body.size(),
            std::chrono::duration_cast<std::chrono::microseconds>(duration), std::move(error)});
    written = write(job);
  } catch (...) {  // no memory: this needs none
    answer.response = Response{500, {}, {}};
    answer.written.reset();
    if (job.outlet) job.outlet->give_back();
  }
  job.inbox->put(std::move(job.answer), written ? job.outlet.get() : nullptr);
}

bool RequestPool::write(Job& job) {
  ByteChannel* channel = job.outlet ? job.outlet->take() : nullptr;
  if (!channel) return false;
  Answer& answer = job.answer.front();
  answer.written.emplace(std::move(answer.response), job.request.id, Outgoing::Form{false, job.head_only});
  if (answer.written->write_to(*channel) != Outgoing::Progress::all) job.outlet->give_back();
  return true;
}

}  // namespace rosterd::http
