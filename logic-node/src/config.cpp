#include "config.hpp"

namespace stream::logic {

void LogicConfig::describe(ConfigTable& table) {
  table.add("admin_listen", admin_listen, "address and port of /metrics, /healthz and /readyz; port 0 = any");
  broker.describe(table);
  table.add("frame_queue", frame_queue, "frames that may wait to be looked at; over it the newest are lost",
            {1, 1e6});
  table.add("max_objects", max_objects, "objects remembered per task", {1, 1e7});
  table.add("alarm_threads", alarm_threads, "threads that fetch pictures and send alarms", {1, 64});
  table.add("alarm_queue", alarm_queue, "decided alarms that may wait for a thread", {1, 1e6});
  table.add("alarm_queue_per_task", alarm_queue_per_task, "the same, of one task and algorithm", {1, 1e6});
  table.add("max_alarm_mib", max_alarm_mib, "size of the pictures of one alarm; over it placeholders, MiB",
            {1, 256});
  table.add("picture_deadline_ms", picture_deadline, "time to fetch all pictures of one alarm", {1, 60000});
  table.add("stop_grace_ms", stop_grace, "time to send what is decided when the node is stopped", {0, 60000});
}

}  // namespace stream::logic
