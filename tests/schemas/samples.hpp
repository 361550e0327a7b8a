// One message of each kind with every member set, for the codec's tests and the golden files.
#pragma once

#include "stream/schemas/messages.hpp"

namespace stream::samples {

inline FrameMeta frame() {
  FrameMeta m;
  m.task_id = "任务1";
  m.algorithm = 1;
  m.ref = {"127.0.0.1:10001", 0xfedcba9876543210U, 42};
  m.channel = 3;
  m.frame_id = 1234;
  m.timestamp_us = 1700000000099557;
  m.received_us = 1700000000100000;
  m.width = 1920;
  m.height = 1080;
  m.end_of_stream = true;
  m.body_bytes = 393216;
  m.detections = {{{300, 600, 100, 40}, 0, "4", 0.5F}, {{-1, -2, 3, 4}, 7, "", 0.25F}};
  m.track_ids = {1, -1};
  m.sub_objects = {{"京A12345", true}, {"", false}};
  m.poses = {{{1.5F, 2.5F, 0.5F}}};
  m.faces = {{{164, 78, 235, 235}, 0.75F, {1.0F, 2.0F}, {3.0F, 4.0F}}};
  return m;
}

inline FrameBatch batch() {
  return {{std::string("\x01\x80", 2), std::string("\x01\x81\xA6number\x07", 10)}};
}

inline Alarm alarm() {
  Alarm m;
  m.id = "cam1:0:77:42";
  m.task_id = "cam1";
  m.src_id = "34020000001320000001";
  m.algorithm = 2;
  m.frame_index = 1234;
  m.timestamp_us = 1700000000099557;
  m.decided_us = 1700000000200000;
  m.scene = std::string("\xFF\xD8\x00\xFF\xD9", 5);
  m.picture_lost = true;
  m.events = {{16,
               {300, 600, 100, 40},
               std::string("\xFF\xD8\xFF\xD9", 4),
               R"({"VehicleLicense":"京A12345"})",
               "京A12345"}};
  m.report_urls = {"http://127.0.0.1:8089/api/upload", "https://127.0.0.1/b"};
  return m;
}

inline TaskEvent event() {
  return {"cam1", 1, "stream_error", "NO_STREAM", 1700000000200000};
}

inline SystemEvent system_event() {
  return {"receiver:00112233445566ff:over",
          "receiver_up",
          "info",
          "http://user:***@127.0.0.1:8089/api/upload",
          "answers again",
          1700000000300,
          1700000010300,
          "reporter-1",
          true,
          12};
}

inline BegunEvents begun_events() {
  const SystemEvent down{"receiver:00112233445566ff",
                         "receiver_down",
                         "warning",
                         "http://user:***@127.0.0.1:8089/api/upload",
                         "refused",
                         1700000000300,
                         1700000010300,
                         "reporter-1",
                         false,
                         0};
  return {{{down, "http://user:word@127.0.0.1:8089/api/upload"}}};
}

inline ReportResult report() {
  return {"cam1:0:77:42",  "cam1", "http://127.0.0.1:8089/api/upload", "delivered", 200, "ok", 2, 15,
          1700000000300000};
}

inline TaskRecord task() {
  TaskRecord m;
  m.task_id = "cam1";
  m.src_id = "door";
  m.definition_json = R"({"TaskID":"cam1"})";
  m.should_run = false;
  m.api_node = "api-1";
  m.created_us = 1700000000000000;
  m.report_urls = {"http://127.0.0.1:8089/api/upload"};
  AlgorithmSpec spec;
  spec.type = 16;
  spec.name = "license_plate_recognition";
  spec.path_key = "00112233445566778899aabbccddeeff";
  spec.ingest_node = "ingest-1";
  spec.sample_interval = 5;
  spec.logic_json = R"({"object":{"from":"sub_objects","key":"label"}})";
  m.algorithms = {spec};
  return m;
}

inline DeliveryRecord delivery() {
  return {"cam1:0:77:42", "reporter-1", 77, 0xfedcba9876543210U, true, 3, 2, 1, {0, 2}, "HTTP 503"};
}

inline FlowReport flow() {
  return {"ingest-1", 77, {{"cam1", 1, 42, 3, 2, 1700000000000000, true}, {"cam2", 0, 1, 0, 0, 1, false}}};
}

inline StateReport states() {
  ProcessState running{"running", "",   "", false, 1,    "exit code 3",    3,
                       0,         4711, 2,  25,    24.5, 1700000000000000, 1 << 20};
  ProcessState ended{"ended", "end_of_source", "played to its end", true, 2, "exit code 0", 0, 9, 0, 0, 0, 0,
                     0};
  return {"api-1", {{"cam1", 42, {{16, "license_plate_recognition", "restarted"}}, {running, ended}}}};
}

inline NodeRecord node() {
  return {"logic-1", "logic", 77, 5, "127.0.0.1:1", "127.0.0.1:2", 12, 0.5, "0.1.0"};
}

inline OwnedState state() {
  return {4, "logic-1", 77, std::string("\x81\0\xff", 3), {{"cam1:0:AB123:f00d-7", "draft"}}};
}

inline RuleState rule_state() {
  RuleState m;
  m.identity = "iou 0.3";
  m.drawing = "0 1920x1080";
  m.clock = {1'700'000'000'000'000, 1'700'000'000'100'000, 2'000'000, true};
  m.last_frame_id = -1;
  m.frame_count = 51;
  RememberedObject object;
  object.key = "7";
  object.last_present = 51;
  object.last_present_us = 2'000'000;
  object.seen = 9;
  object.first_counted = 40;
  object.last_counted = 50;
  object.first_counted_us = 1'600'000;
  object.last_counted_us = 1'960'000;
  object.away_us = 40'000;
  object.alarmed = true;
  object.crossed = 2;
  object.alarmed_at = 43;
  object.scores = {0.5F, 0.75F};
  object.has_path = true;
  object.last_x = 12.5;
  object.last_y = -3;
  object.sides = {{1, -1, true}, {}};
  m.objects = {object};
  m.iou = {7, {{7, 2, {1, 2, 3, 4}, 51}}};
  return m;
}

inline LogicState logic_state() {
  LogicState m;
  m.source = 0xfedcba9876543210U;
  m.counting = 5;
  m.life = "f00d";
  m.episodes = 7;
  m.positions = {{77, 42, "127.0.0.1:10001"}, {76, 9, "127.0.0.1:10002"}};
  m.processed = 50;
  m.lost = 1;
  return m;
}

inline AlarmDraft draft() {
  AlarmDraft m;
  m.alarm = alarm();
  m.frame = frame().ref;
  m.pictures = {{"pose", 3, frame().poses[0], true}};
  return m;
}

}  // namespace stream::samples
