// A stand-in for application-web's alarm receiver: POST /api/upload takes a JSON array of alarms and answers
// as the real one does, always HTTP 200 with lower-case keys:
//
//   {"code":0,"msg":"ok"}                   stored; an event without a good picture is silently thrown away
//   {"code":-1,"msg":"参数错误"}             not an array of alarms, or a value of the wrong type
//   {"code":-1,"msg":"picture save error"}  the scene is no whole JPEG or PNG in base64, or cannot be saved
//
// Alarms are stored one by one, so those before a bad one stay stored. Every other path is redirected (301)
// to "/", which answers 200 with HTML.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "stream/common/result.hpp"

namespace stream::receiver {

// Corners in pixels of the scene picture.
struct Corners {
  std::int64_t left_top_x = 0, left_top_y = 0, right_btm_x = 0, right_btm_y = 0;
  bool operator==(const Corners&) const = default;
};

struct ReceivedEvent {
  std::int64_t type = 0;
  Corners box;
  std::string extend_json = "{}";
  std::string picture;  // JPEG or PNG
};

struct ReceivedAlarm {
  std::uint64_t number = 0;  // from 1, in the order of storing; goes on after what save_dir already holds
  std::string alarm_id;      // "AlarmID", empty when the sender has none
  std::string task_id;
  std::string src_id;
  std::int64_t frame_index = 0;
  std::string scene;                  // JPEG or PNG
  std::vector<ReceivedEvent> events;  // those that were kept
  std::size_t dropped_events = 0;     // those that were thrown away for their picture
};

struct ReceiverOptions {
  std::string listen = "127.0.0.1:0";  // address:port; port 0 = the system picks one
  // Each alarm is written here as <number>.json, its pictures beside it and named in it; empty = nowhere.
  // Made when it does not exist.
  std::filesystem::path save_dir;
  // Called for every stored alarm, one at a time, in the order of storing, from a thread of the receiver and
  // before the answer is sent. May be empty.
  std::function<void(const ReceivedAlarm&)> on_alarm;
};

// Keeps no alarm in memory once on_alarm has returned. Thread-safe.
class Receiver {
 public:
  // kUnavailable when it cannot listen or cannot use save_dir.
  static Result<std::unique_ptr<Receiver>> start(ReceiverOptions options);
  ~Receiver();  // on_alarm is not running any more when this returns
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  std::uint16_t port() const;
  std::string url() const;  // http://host:port/api/upload

 private:
  struct Impl;
  explicit Receiver(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// One line of text for people; control characters are escaped.
std::string describe(const ReceivedAlarm& alarm);

}  // namespace stream::receiver
