// One algorithm of a task whose stream process is shared.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "algorithm_run.hpp"
#include "runner_tools.hpp"
#include "shared_run.hpp"

namespace stream::api {

// A camera's stay in a SharedRun, from the constructor on. What it cannot have there it asks to have alone.
// Confined to one thread.
class SharedMember final : public AlgorithmRun {
 public:
  // `tools` must outlive it. REQUIRES: the record says which process it shares.
  SharedMember(RunnerTools& tools, const TaskRecord& record, std::uint32_t algorithm, bus::Revision revision);
  ~SharedMember() override;
  SharedMember(const SharedMember&) = delete;
  SharedMember& operator=(const SharedMember&) = delete;

  void step(const TaskRecord& record, bus::Revision revision) override;

  void set_record(const TaskRecord& record) override { (void)record; }  // step() brings it
  void request_stop() override { leave(); }
  bool request_restart() override;
  bool has_begun_anew() const override { return false; }  // what it leaves is for others
  void leave_ingest() override {}  // the process follows the records of all who share it
  bool follow_ingest(const TaskRecord& record) override;
  bool suits(const TaskRecord& record) const override { return run_->suits(ticket_, record); }

  std::uint32_t algorithm() const override { return algorithm_; }
  bool has_process() const override { return run_->is_played(ticket_); }
  bool is_over() const override { return leaving_ && run_->status(ticket_) == nullptr; }
  const StreamStatus& status() const override { return status_; }

  void tell(std::string_view kind, const std::string& text) override;

 private:
  void leave();
  void publish_status();

  RunnerTools& tools_;
  const std::string task_id_;
  const std::uint32_t algorithm_;
  const std::shared_ptr<SharedRun> run_;
  const SharedRun::Ticket ticket_;
  bool leaving_ = false;
  StreamStatus status_;
};

}  // namespace stream::api
