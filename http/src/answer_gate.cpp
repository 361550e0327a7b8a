#include "answer_gate.hpp"

#include <boost/asio/post.hpp>
#include <utility>

#include "session.hpp"
#include "stream/http/problem.hpp"

namespace stream::http {
namespace {

// The duty to answer one request, shared by all copies of its Respond; when the last one goes unused it
// answers 500.
class Answer {
 public:
  Answer(std::shared_ptr<AnswerGate> gate, std::weak_ptr<Session> session, std::uint64_t request)
      : gate_(std::move(gate)), session_(std::move(session)), request_(request) {}
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;
  ~Answer() { give(problem(500, "the handler gave no answer")); }

  void give(Response response) {
    if (given_.exchange(true)) return;
    if (gate_->on_io_thread()) {
      if (const auto session = session_.lock()) session->answer(request_, std::move(response));
      return;
    }
    // Sessions are locked on the I/O thread only, so that none can end, with its socket, anywhere else.
    gate_->post(
        [session = std::move(session_), request = request_, response = std::move(response)]() mutable {
          if (const auto live = session.lock()) live->answer(request, std::move(response));
        });
  }

 private:
  const std::shared_ptr<AnswerGate> gate_;
  std::weak_ptr<Session> session_;
  const std::uint64_t request_;
  std::atomic<bool> given_ = false;
};

}  // namespace

void AnswerGate::post(std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  if (io_ != nullptr) boost::asio::post(*io_, std::move(work));
}

void AnswerGate::shut() {
  const std::lock_guard lock(mutex_);
  io_ = nullptr;
}

Respond make_respond(std::shared_ptr<AnswerGate> gate, std::weak_ptr<Session> session,
                     std::uint64_t request) {
  return [answer = std::make_shared<Answer>(std::move(gate), std::move(session), request)](
             Response response) { answer->give(std::move(response)); };
}

}  // namespace stream::http
