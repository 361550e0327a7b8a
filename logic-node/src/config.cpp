#include "config.hpp"

namespace stream::logic {

void LogicConfig::describe(ConfigTable& table) {
  table.add("admin_listen", admin_listen, "address and port of /metrics, /healthz and /readyz; port 0 = any");
  broker.describe(table);
  table.add("weight", weight, "this node's share of the tasks, compared with the others'", {0.001, 1000});
  table.add("frame_queue", frame_queue,
            "frames that may wait to be looked at; over it they are fetched later", {1, 1e6});
  table.add("max_objects", max_objects, "objects remembered per task", {1, 50000});
  table.add("bus_threads", bus_threads, "calls of the broker at the same time", {1, 64});
  table.add("fetch_threads", fetch_threads, "requests to ingest-nodes at the same time", {2, 256});
  table.add("max_alarm_mib", max_alarm_mib, "size of the pictures of one alarm; over it placeholders, MiB",
            {1, 256});
  table.add("max_held_mib", max_held_mib,
            "memory for alarms on their way into the queue, MiB; over it pictures are fetched twice",
            {1, 65536});
  table.add("picture_deadline_ms", picture_deadline, "time to fetch all pictures of one alarm", {1, 60000});
  table.add("save_ms", save, "how often what is remembered of a task is saved at most", {10, 60000});
  table.add("stop_grace_ms", stop_grace, "time to end what is decided when the node is stopped", {0, 60000});
}

}  // namespace stream::logic
