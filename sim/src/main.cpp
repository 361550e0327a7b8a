// stream-sim: stands in for sophon-stream's main, so that everything else can be run and tested without its
// hardware.
#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <filesystem>

#include "installation.hpp"
#include "render.hpp"
#include "simulator.hpp"
#include "stream/common/log.hpp"
#include "stream/common/node.hpp"
#include "stream/common/signals.hpp"

namespace {

using namespace stream;
using namespace stream::sim;

int play(const std::string& demo_config_path) {
  constexpr auto kLook = std::chrono::milliseconds(50);
  constexpr auto kCountsEvery = std::chrono::seconds(10);
  const auto simulator = Simulator::start(demo_config_path);
  if (!simulator) return node_failed(simulator.error());
  auto counts_due = std::chrono::steady_clock::now() + kCountsEvery;
  while (!(*simulator)->ended()) {
    const auto signal = wait_stop_signal(kLook);
    if (signal && !(*signal == SIGTERM && (*simulator)->ignores_term())) break;
    if (std::chrono::steady_clock::now() < counts_due) continue;
    (*simulator)->log_counts();
    counts_due += kCountsEvery;
  }
  (*simulator)->log_counts();
  return (*simulator)->failed() ? kExitFailed : kExitOk;
}

int exit_code(const Status& done) {
  return done ? kExitOk : node_failed(done.error());
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Stands in for sophon-stream's main: plays a source and posts what its graph would find.",
               "stream-sim");
  app.set_version_flag("--version", "stream-sim " STREAM_VERSION);
  std::string demo_config_path, installation, algorithms, video;
  StreetOptions street;
  double seconds = 60;
  app.add_option("--demo_config_path,--demo-config-path", demo_config_path, "play this configuration");
  app.add_option("--make-installation,--make_installation", installation,
                 "write a folder that looks like an installation of sophon-stream and runs this program");
  app.add_option(
      "--algorithms", algorithms,
      "whose samples the installation gets; default: ../share/stream-server/algorithms beside this program");
  auto* render_to = app.add_option("--render", video, "write the synthetic street to this video file");
  const auto for_render = [&](CLI::Option* option) { option->needs(render_to)->capture_default_str(); };
  for_render(app.add_option("--seconds", seconds, "length of the video")->check(CLI::Range(0.1, 86400.0)));
  for_render(
      app.add_option("--fps", street.fps, "frames a second of the video")->check(CLI::Range(1.0, 240.0)));
  for_render(app.add_option("--width", street.size.width, "px, even")->check(CLI::Range(160, 4096)));
  for_render(app.add_option("--height", street.size.height, "px, even")->check(CLI::Range(120, 4096)));
  for_render(app.add_option("--seed", street.seed, "another number, another street"));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? stream::kExitOk : stream::kExitUsage;
  }

  block_stop_signals();
  log::set_up("stream-sim", log::Level::kInfo);
  if (!installation.empty()) {
    const auto program = std::filesystem::read_symlink("/proc/self/exe");
    if (algorithms.empty()) algorithms = program.parent_path() / "../share/stream-server/algorithms";
    return exit_code(make_installation(installation, program, algorithms));
  }
  if (!video.empty()) return exit_code(render(video, street, seconds));
  if (!demo_config_path.empty()) return play(demo_config_path);
  return app.exit(CLI::RequiredError("--demo_config_path, --make-installation or --render")) == 0
             ? kExitOk
             : kExitUsage;
}
