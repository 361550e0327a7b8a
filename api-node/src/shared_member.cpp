#include "shared_member.hpp"

#include "shared_runs.hpp"
#include "stream/common/clock.hpp"
#include "stream/common/log.hpp"

namespace stream::api {

SharedMember::SharedMember(RunnerTools& tools, const TaskRecord& record, std::uint32_t algorithm,
                           bus::Revision revision)
    : tools_(tools),
      task_id_(record.task_id),
      algorithm_(algorithm),
      run_(tools.shared.get(tools, record.algorithms.at(algorithm).shared_key, record.api_node)),
      ticket_(run_->join(record, algorithm, revision)) {
  status_.since_us = unix_us();
  publish_status();
  if (ticket_ != 0) return;
  const AlgorithmSpec& spec = record.algorithms.at(algorithm);
  const std::string why = "another task has its channel in the shared process";
  status_.reason = StreamReason::kSharedTurn;
  status_.text = "gets a process of its own: " + why;
  tools_.hooks.on_fall_back({task_id_, algorithm_, {spec.shared_key, spec.shared_channel}, why});
}

SharedMember::~SharedMember() {
  run_->leave(ticket_);
}

void SharedMember::step(const TaskRecord& record, bus::Revision revision) {
  if (!leaving_) run_->update(ticket_, record, revision);
  publish_status();
}

bool SharedMember::request_restart() {
  if (leaving_) return false;
  leave();
  return true;
}

bool SharedMember::follow_ingest(const TaskRecord& /*record*/) {
  return false;  // as leave_ingest()
}

void SharedMember::leave() {
  leaving_ = true;
  run_->leave(ticket_);
}

void SharedMember::publish_status() {
  const StreamStatus before = status_;
  if (const StreamStatus* status = run_->status(ticket_)) {
    status_ = *status;
  } else if (leaving_ && status_.state != StreamState::kStopped) {
    status_.state = StreamState::kStopped;
    status_.reason = StreamReason::kAsked;
    status_.text.clear();
    status_.pid = 0;
    status_.fps_in = status_.fps_posted = 0;
    status_.since_us = unix_us();
  }
  status_.over = is_over();
  const bool has_changed = status_.state != before.state || status_.reason != before.reason;
  if (has_changed && tools_.hooks.on_status) tools_.hooks.on_status(task_id_, algorithm_, status_);
}

void SharedMember::tell(std::string_view kind, const std::string& text) {
  log::info(fmt::format("stream_{}", kind),
            {{"task", task_id_}, {"algorithm", algorithm_}, {"detail", text}});
  tools_.hooks.on_event({task_id_, algorithm_, std::string(kind), text, unix_us()});
}

}  // namespace stream::api
