// A stream process for tests. It reads its demo file as the real one does and then does what the last part of
// the video's address says:
//   ends       exit code 0, which it says before  leaves  the same without a word
//   crashes    exit code 3 (each start appends a line to <address>.starts)
//   stubborn   ignores SIGTERM    chatty   writes a lot before it lives on
//   floods     writes without end  forks    starts a process of another session that ignores SIGTERM, lives
//   on fork-fails the same, but exit code 3 otherwise  lives until a signal comes
//   dark       as lives, but shows no video         unfinished  exit code 3 in the middle of a line
// It writes its working directory and the libraries' path into its output first.
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

int main(int argc, char** argv) {
  const std::string flag = "--demo_config_path=";
  if (argc != 2 || !std::string(argv[1]).starts_with(flag)) return 2;
  std::ifstream file(std::string(argv[1]).substr(flag.size()));
  const nlohmann::json demo = nlohmann::json::parse(file);
  std::ifstream engine_file(demo.at("engine_config_path").get<std::string>());
  const nlohmann::json engine = nlohmann::json::parse(engine_file);
  for (const auto& element : engine.at(0).at("elements")) {
    std::ifstream element_file(element.at("element_config").get<std::string>());
    if (!nlohmann::json::parse(element_file).contains("shared_object")) return 2;
  }
  const std::string url = demo.at("channels").at(0).at("url");
  const char* libraries = std::getenv("LD_LIBRARY_PATH");
  char folder[4096];
  std::cout << "cwd " << getcwd(folder, sizeof folder) << " libraries " << (libraries ? libraries : "")
            << std::endl;

  if (url.ends_with("chatty")) std::cout << std::string(3 << 20, 'x') << std::endl;
  const auto show_video = [&] {
    if (!url.ends_with("dark")) std::cout << "[channel_0] tmp_fps: 25.0, avg_fps: 25.0" << std::endl;
  };
  show_video();
  if (url.ends_with("ends")) {
    std::cout << "meet a eof" << std::endl;
    return 0;
  }
  if (url.ends_with("leaves")) return 0;
  if (url.ends_with("unfinished")) {
    std::cout << "fatal: no licence" << std::flush;
    return 3;
  }
  if (url.ends_with("crashes")) {
    std::ofstream(url + ".starts", std::ios::app) << "start\n";
    return 3;
  }
  if (url.ends_with("stubborn")) std::signal(SIGTERM, SIG_IGN);
  if ((url.ends_with("forks") || url.ends_with("fork-fails")) && fork() == 0) {
    setsid();
    std::signal(SIGTERM, SIG_IGN);
    while (true) pause();
  }
  if (url.ends_with("fork-fails")) return 3;
  while (url.ends_with("floods")) {
    std::cout << std::string(1 << 16, 'x') << std::endl;
    usleep(1000);
  }
  while (true) {
    usleep(200'000);
    show_video();
  }
}
