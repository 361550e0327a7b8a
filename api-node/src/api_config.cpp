#include "api_config.hpp"

namespace stream::api {

void ApiConfig::describe(ConfigTable& table) {
  table.add("listen", listen,
            "address and port of the REST face, which application-web's algorithmhost names");
  table.add("admin_listen", admin_listen, "address and port of /metrics, /healthz and /readyz alone");
  table.add("data_dir", data_dir,
            "folder of what this node keeps: configurations and logs of stream processes");
  table.add("stream_path", stream_path,
            "folder of the sophon-stream installation, which holds samples/ and build/");
  table.add("algorithms_dir", algorithms_dir,
            "folder of the algorithms; empty: ../share/stream-server/algorithms beside the program");
  table.add("delete_by_device_name", delete_by_device_name,
            "a delete whose TaskID no task has deletes the only task of the device of that name");
  table.add("max_body_kib", max_body_kib, "longest body of a request, KiB", {1, 16 * 1024});
  table.add("stream_log_mib", stream_log_mib,
            "a stream process's log is emptied when it grows over this, MiB", {1, 1024 * 1024});
  table.add("ingest_grace_ms", ingest_grace,
            "an ingest-node that is away for longer loses its tasks to another; ms", {0, 3600000});
  table.add("stop_grace_ms", stop_grace,
            "stream processes of a deleted task go on for so long, for a create that needs the same; 0: not "
            "at all; ms",
            {0, 60000});
  bus.describe(table);
}

}  // namespace stream::api
