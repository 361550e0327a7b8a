// What stream processes post, and what becomes of it on the bus.
#include <gmock/gmock.h>

#include "node_fixture.hpp"
#include "stream/schemas/source.hpp"

namespace stream::ingest {
namespace {

using testing::HasSubstr;

using FramesIn = NodeTest;

TEST_F(FramesIn, FrameIsAnsweredAndItsMetadataPublished) {
  start();
  const auto subscriber = subscribe(topics::frame("cam", 0));
  EXPECT_EQ(post(plate_body(240)).status, 200);
  const FrameMeta meta = next_frame(*subscriber);
  EXPECT_EQ(meta.task_id, "cam");
  EXPECT_EQ(meta.frame_id, 240);
  EXPECT_EQ(meta.ref.address, node->address());
  EXPECT_EQ(meta.ref.sequence, 1U);
  EXPECT_NE(meta.ref.boot, 0U);
  EXPECT_EQ(meta.source, source_of("secret-key"));
  EXPECT_GT(meta.received_us, 1'700'000'000'000'000);
  EXPECT_EQ(meta.detections.size(), 2U);
  EXPECT_EQ(metric("stream_ingest_frames_total"), 1);
  EXPECT_EQ(metric("stream_ingest_frames_published_total"), 1);
}

TEST_F(FramesIn, FramesBeforeTheFirstConsumerWaitForIt) {
  start();
  for (int i = 0; i < 5; ++i) ASSERT_EQ(post(plate_body(i)).status, 200);
  const auto subscriber = subscribe(topics::frame("cam", 0));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(next_frame(*subscriber).frame_id, i);
}

TEST_F(FramesIn, WholeBodyGoesOutWhileSomebodyListens) {
  start();
  EXPECT_EQ(post(plate_body(1)).status, 200);
  const auto subscriber = subscribe(topics::body("cam", 0));
  EXPECT_EQ(post(plate_body(2)).status, 200);
  EXPECT_EQ(next(*subscriber), plate_body(2));
  EXPECT_EQ(metric("stream_ingest_bodies_published_total"), 1);
}

TEST_F(FramesIn, HowTheyFlowIsToldEverySecond) {
  start();
  const auto subscriber = subscribe(topics::flow("ingest-1"));
  EXPECT_EQ(post(plate_body(1)).status, 200);
  EXPECT_EQ(post(plate_body(2)).status, 200);
  const auto report = decode<FlowReport>(next(*subscriber).value_or("")).value_or(FlowReport{});
  ASSERT_EQ(report.channels.size(), 1U);
  EXPECT_EQ(report.channels[0].task_id, "cam");
  EXPECT_GE(report.channels[0].taken, 1U);
  EXPECT_GT(report.channels[0].last_frame_us, 1'700'000'000'000'000);
}

TEST_F(FramesIn, StreamErrorBecomesATaskEvent) {
  start();
  const auto subscriber = subscribe(topics::event("cam"));
  EXPECT_EQ(post(R"({"error":"SUCCESS"})").status, 200);
  EXPECT_EQ(post(R"({"error":"OPEN_FAILED rtsp://admin:geheim@10.0.0.1/"})").status, 200);
  const auto event = decode<TaskEvent>(next(*subscriber).value_or("")).value_or(TaskEvent{});
  EXPECT_EQ(event.task_id, "cam");
  EXPECT_EQ(event.kind, "stream_error");
  EXPECT_EQ(event.text, "OPEN_FAILED rtsp://admin:***@10.0.0.1/");
  EXPECT_EQ(metric(R"(stream_ingest_status_reports_total{kind="success"})"), 1);
  EXPECT_EQ(metric(R"(stream_ingest_status_reports_total{kind="error"})"), 1);
}

TEST_F(FramesIn, LongErrorTextIsCutAtACharacter) {
  start();
  const auto subscriber = subscribe(topics::event("cam"));
  std::string text = "x";
  for (int i = 0; i < 300; ++i) text += "错";
  EXPECT_EQ(post(R"({"error":")" + text + "\"}").status, 200);
  const auto event = decode<TaskEvent>(next(*subscriber).value_or("")).value_or(TaskEvent{});
  EXPECT_EQ(event.text.size(), 199U);
  EXPECT_TRUE(text.starts_with(event.text));
}

TEST_F(FramesIn, FramesOfASharedProcessGoToTheTaskOfTheirChannel) {
  for (const std::int32_t channel : {1, 2}) {
    TaskRecord task;
    task.task_id = fmt::format("cam {}", channel);
    AlgorithmSpec& spec = task.algorithms.emplace_back();
    spec.path_key = fmt::format("key {}", channel);
    spec.shared_key = "shared";
    spec.shared_channel = channel;
    ASSERT_TRUE(memory_bus->cas(topics::task_key(task.task_id), 0, encode(task)).done());
  }
  start();
  const auto first = subscribe(topics::frame("cam 1", 0));
  const auto second = subscribe(topics::frame("cam 2", 0));
  const auto events = subscribe("event/");
  const auto body_of = [](int channel, int frame) {
    return fmt::format(R"({{"mFrame":{{"mChannelId":{},"mEndOfStream":false,"mFrameId":{},"mHeight":9,)"
                       R"("mTimestamp":1,"mWidth":16,"mSpData":"/9j/"}},"mFps":0,"mGraphId":0,"mSubId":0}})",
                       channel, frame);
  };
  EXPECT_EQ(post(body_of(2, 20), "/frames/in/shared").status, 200);
  EXPECT_EQ(post(body_of(1, 10), "/frames/in/shared").status, 200);
  EXPECT_EQ(post(body_of(3, 30), "/frames/in/shared").status, 400);
  EXPECT_EQ(post(body_of(2, 21), "/frames/in/shared").status, 200);
  const FrameMeta one = next_frame(*first);
  EXPECT_EQ(one.task_id, "cam 1");
  EXPECT_EQ(one.frame_id, 10);
  EXPECT_EQ(one.source, source_of("key 1"));
  EXPECT_EQ(one.poster, poster_of("key 1"))
      << "its task's, as that of the process may go with another camera";
  for (const int frame : {20, 21}) {
    const FrameMeta two = next_frame(*second);
    EXPECT_EQ(two.task_id, "cam 2");
    EXPECT_EQ(two.frame_id, frame);
    EXPECT_EQ(two.number, static_cast<std::uint64_t>(frame - 19)) << "each task counts its own";
  }
  EXPECT_EQ(metric(R"(stream_ingest_rejected_total{reason="unknown_channel"})"), 1);
  // What is said of the process is said of all.
  EXPECT_EQ(post(R"({"error":"CHANNEL_DATA_PIPE_FULL"})", "/frames/in/shared").status, 200);
  for (const char* task : {"cam 1", "cam 2"}) {
    const auto event = decode<TaskEvent>(next(*events).value_or("")).value_or(TaskEvent{});
    EXPECT_EQ(event.task_id, task);
    EXPECT_EQ(event.text, "CHANNEL_DATA_PIPE_FULL");
  }
}

TEST_F(FramesIn, UnknownKeyIsRefusedBeforeItsBodyIsRead) {
  start();
  test::TcpClient client(port());
  client.send("POST /frames/in/wrong HTTP/1.1\r\nContent-Length: 400000\r\n\r\n");
  EXPECT_EQ(client.read_answer().status, 404);
  EXPECT_EQ(post("{}", "/frames/in/").status, 404);
  EXPECT_EQ(post("{}", "/frames/in/secret-key/more").status, 404);
  EXPECT_EQ(metric(R"(stream_ingest_rejected_total{reason="unknown_key"})"), 3);
}

TEST_F(FramesIn, BadOnesGetAReasonAndACount) {
  IngestConfig small;
  small.max_body_mib = 1;
  start(small);
  EXPECT_THAT(post("not json").body, HasSubstr("not JSON"));
  EXPECT_EQ(post("").status, 400);
  EXPECT_EQ(post("{}").status, 400);
  EXPECT_EQ(post(std::string(1000, '[') + std::string(1000, ']')).status, 400);
  const auto wrong = post(R"({"mFrame":{"mFrameId":"\ud83d\ude00"}})");
  EXPECT_EQ(wrong.status, 400);
  EXPECT_EQ(wrong.body, R"({"error":"/mFrame/mFrameId: found a string, expected an integer"})");
  EXPECT_EQ(post(std::string(1024 * 1024 + 1, ' ')).status, 413);
  EXPECT_EQ(test::http_request(port(), "PUT", kIn, plate_body()).status, 405);
  test::TcpClient chunked(port());
  chunked.send(fmt::format("POST {} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", kIn));
  EXPECT_EQ(chunked.read_answer().status, 411);
  EXPECT_EQ(metric(R"(stream_ingest_rejected_total{reason="not_json"})"), 2);
  EXPECT_EQ(metric(R"(stream_ingest_rejected_total{reason="no_frame"})"), 1);
  EXPECT_EQ(metric(R"(stream_ingest_rejected_total{reason="too_deep"})"), 1);
  EXPECT_EQ(metric(R"(stream_ingest_rejected_total{reason="wrong_type"})"), 1);
  EXPECT_EQ(metric(R"(stream_ingest_rejected_total{reason="too_large"})"), 1);
  EXPECT_EQ(metric(R"(stream_ingest_rejected_total{reason="method"})"), 1);
  EXPECT_EQ(metric(R"(stream_ingest_rejected_total{reason="no_length"})"), 1);
  EXPECT_EQ(metric("stream_ingest_frames_total"), 0);
}

TEST_F(FramesIn, BodiesOnTheirWayNeverTakeMoreThanTheRing) {
  IngestConfig small;
  small.max_body_mib = 1;
  small.ring_mib = 2;
  start(small);
  std::vector<test::TcpClient> clients;
  for (int i = 0; i < 2; ++i) {
    clients.emplace_back(port()).send(
        fmt::format("POST {} HTTP/1.1\r\nContent-Length: 1048576\r\n\r\n", kIn));
  }
  ASSERT_TRUE(eventually([&] { return metric(R"(stream_http_requests_total{server="frames"})") == 2; }));
  EXPECT_EQ(post(plate_body()).status, 503);
  EXPECT_EQ(metric(R"(stream_ingest_rejected_total{reason="no_memory"})"), 1);
  clients.clear();
  EXPECT_TRUE(eventually([&] { return post(plate_body()).status == 200; }));
}

TEST_F(FramesIn, DeletedTasksFramesAreRefused) {
  start();
  EXPECT_EQ(post(plate_body()).status, 200);
  const auto entry = memory_bus->get(topics::task_key("cam"));
  ASSERT_TRUE(entry && *entry);
  ASSERT_TRUE(memory_bus->cas(topics::task_key("cam"), (*entry)->revision, std::nullopt).done());
  EXPECT_TRUE(eventually([&] { return post(plate_body()).status == 404; }));
}

TEST_F(FramesIn, NodeRecordTellsAddressesAndHowFarTheTasksAreKnown) {
  start();
  const auto revision = memory_bus->get(topics::task_key("cam")).value()->revision;
  const auto record = [&] {
    const auto entry = memory_bus->get(topics::node_key("ingest", "ingest-1"));
    return entry && *entry ? decode<NodeRecord>((*entry)->value).value_or(NodeRecord{}) : NodeRecord{};
  };
  EXPECT_TRUE(eventually([&] { return record().tasks_revision == revision; }));
  node->announce_admin_address("127.0.0.1:9101");
  EXPECT_TRUE(eventually([&] { return record().admin_address == "127.0.0.1:9101"; }));
  EXPECT_EQ(record().address, node->address());
}

// As stream-client does it.
class AnyPath : public NodeTest {
 protected:
  AnyPath() {
    TaskRecord task;
    task.task_id = "0";
    task.algorithms.emplace_back().path_key = "first";
    task.algorithms.emplace_back().path_key = "second";
    EXPECT_TRUE(memory_bus->cas(topics::task_key("0"), 0, encode(task)).done());
    IngestConfig with_cameras;
    with_cameras.camera_keys = {"first", "second"};
    start(with_cameras);
  }

  static std::string frame_of(int camera) {
    return R"({"mFrame":{"mChannelId":)" + std::to_string(camera) + R"(,"mFrameId":1}})";
  }
};

TEST_F(AnyPath, FramesOfEachCameraAreAnAlgorithmsOwn) {
  const auto first = subscribe(topics::frame("0", 0));
  const auto second = subscribe(topics::frame("0", 1));
  EXPECT_EQ(post(frame_of(7), "/flask_test/0").status, 200);
  EXPECT_EQ(post(frame_of(0), "/").status, 200);
  EXPECT_EQ(post(frame_of(7), "/frames/in/whatever").status, 200);
  EXPECT_EQ(next_frame(*first).channel, 7);
  const auto third = next_frame(*first);
  EXPECT_EQ(third.channel, 7);
  EXPECT_EQ(third.number, 2U) << "each camera's frames are numbered by themselves";
  const auto other = next_frame(*second);
  EXPECT_EQ(other.channel, 0);
  EXPECT_NE(other.source, third.source);
}

TEST_F(AnyPath, MoreCamerasThanKeysAreRefusedAndCounted) {
  EXPECT_EQ(post(frame_of(1)).status, 200);
  EXPECT_EQ(post(frame_of(2)).status, 200);
  const auto answer = post(frame_of(3));
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, HasSubstr("mChannelId: found 3, expected one of the first 2 that came"));
  EXPECT_EQ(metric(R"(stream_ingest_rejected_total{reason="too_many_cameras"})"), 1);
  EXPECT_EQ(post(frame_of(2)).status, 200) << "those that are known go on";
}

TEST_F(AnyPath, OtherMethodsTakeNoFrames) {
  EXPECT_EQ(get("/flask_test/0").status, 404);
  EXPECT_EQ(get("/frames/in/first").status, 404);
}

TEST_F(FramesIn, NodeRecordTellsTheLoad) {
  start();
  for (int i = 0; i < 20; ++i) ASSERT_EQ(post(plate_body(i)).status, 200);
  EXPECT_TRUE(eventually([&] {
    const auto entry = memory_bus->get(topics::node_key("ingest", "ingest-1"));
    return entry && *entry && decode<NodeRecord>((*entry)->value)->load > 1;
  }));
}

TEST(IngestStart, TakenPortAndContradictionsAreErrors) {
  const auto memory_bus = bus::make_memory_bus();
  Metrics metrics;
  IngestConfig config;
  config.listen = "127.0.0.1:0";
  const auto first = IngestNode::start(config, *memory_bus, metrics, "a");
  ASSERT_TRUE(first);
  config.listen = (*first)->address();
  const auto second = IngestNode::start(config, *memory_bus, metrics, "b");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().message, "listen: " + config.listen + ": Address already in use");
  config.listen = "0.0.0.0:0";
  config.bus.control_endpoint = "tcp://10.0.0.1:5550";
  const auto hidden = IngestNode::start(config, *memory_bus, metrics, "b");
  ASSERT_FALSE(hidden) << "others would look for it at 127.0.0.1";
  EXPECT_THAT(hidden.error().message, HasSubstr("advertise: found nothing, expected host:port"));
  config.ring_mib = 1;
  const auto third = IngestNode::start(config, *memory_bus, metrics, "c");
  ASSERT_FALSE(third);
  EXPECT_THAT(third.error().message, HasSubstr("ring_mib: found 1"));
}

}  // namespace
}  // namespace stream::ingest
