#include "receive_command.hpp"

#include <atomic>
#include <ostream>

#include "stream/common/node.hpp"
#include "stream/receiver/receiver.hpp"
#include "text.hpp"

namespace stream::cli {
namespace {

struct ReceiveOptions {
  std::string listen = "127.0.0.1:8089";
  std::string save_dir;
  std::uint64_t count = 0;  // 0: until stopped
};

Result<int> receive(const ReceiveOptions& options, Environment& environment) {
  std::atomic<std::uint64_t> received = 0;
  const auto receiver = receiver::Receiver::start({
      .listen = options.listen,
      .save_dir = options.save_dir,
      .on_alarm =
          [&](const receiver::ReceivedAlarm& alarm) {
            environment.out << one_line(receiver::describe(alarm)) << std::endl;
            ++received;
          },
  });
  if (!receiver) return tl::unexpected(receiver.error());
  environment.err << "receiving at " << (*receiver)->url() << std::endl;
  while ((options.count == 0 || received < options.count) &&
         !environment.wait_for_stop(std::chrono::milliseconds(50))) {
  }
  return kExitOk;
}

}  // namespace

void add_receive_command(CLI::App& app, Program& program) {
  CLI::App* command = app.add_subcommand("receive", "take alarms as application-web does, and show them");
  const auto options = std::make_shared<ReceiveOptions>();
  command->add_option("--listen", options->listen, "address and port; port 0 = the system picks one")
      ->type_name("ADDRESS:PORT")
      ->capture_default_str();
  command->add_option("--save-dir", options->save_dir, "save alarms as JSON, their pictures beside them")
      ->type_name("DIR");
  command->add_option("--count", options->count, "end after this many alarms")->type_name("N");
  command->callback([&program, options] {
    program.action = [options](Environment& environment) { return receive(*options, environment); };
  });
}

}  // namespace stream::cli
