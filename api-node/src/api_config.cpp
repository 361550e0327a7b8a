#include "api_config.hpp"

#include "stream/manifest/process_use.hpp"

namespace stream::api {

void ApiConfig::describe(ConfigTable& table) {
  table.add("listen", listen,
            "address and port of the REST face, which application-web's algorithmhost names");
  table.add("admin_listen", admin_listen, "address and port of /metrics, /healthz and /readyz alone");
  table.add("tls_listen", tls_listen,
            "address and port of the same over HTTPS, with tls_certificate and tls_key; empty: none");
  table.add("tls_certificate", tls_certificate,
            "PEM file of the certificate for tls_listen, followed by those it was issued with");
  table.add("tls_key", tls_key, "PEM file of its private key, without a passphrase");
  table.add("api_token_file", api_token_file,
            "file (mode 600) of the token that requests under /api/v1 must bear; empty: none");
  table.add("legacy", legacy, "answer /task/*, which application-web uses and no token protects");
  table.add("labels", labels, "what this node has that others have not: tasks may ask for it");
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
            "a stream process's log is emptied when it grows over this, its end is kept; MiB",
            {1, 1024 * 1024});
  table.add("max_processes", max_processes,
            "stream processes that run at the same time; further ones are queued", {1, 100'000});
  table.add("max_process_mib", max_process_mib,
            "a stream process that uses more memory than this is restarted; 0: no limit; MiB",
            {0, 1024 * 1024});
  table.add("device_memory_file", device_memory_file,
            "tells how much memory the device has free; when it cannot be read nobody waits for that");
  table.add("device_memory_mib", device_memory_mib,
            "a stream process is started only while the device has so much memory free; 0: always; MiB",
            {0, 1024 * 1024});
  table.add(
      "stream_process", stream_process,
      "per_task: one for each task; shared: one for several cameras; empty: as the algorithms say. What "
      "a task says goes first");
  table.add("max_channels", max_channels,
            "cameras of one shared stream process; 0: as the algorithms say, 1: none is shared",
            {0, manifest::kMostChannels});
  table.add(
      "channel_alive_ms", channel_alive,
      "a camera that was added to a shared process and shows no video for so long gets a process of its "
      "own; ms",
      {1000, 3600000});
  table.add("first_video_ms", first_video,
            "a process that shows no video for so long after its start has stalled; ms", {1000, 3600000});
  table.add("stall_ms", stall, "a process whose video stops for so long has stalled; ms", {1000, 3600000});
  table.add("stall_restart_ms", stall_restart,
            "a process that has stalled for so long is restarted; 0: never; ms", {0, 86400000});
  table.add("kill_after_ms", kill_after, "a stream process that was asked to end is killed after so long; ms",
            {0, 600000});
  table.add("ingest_grace_ms", ingest_grace,
            "an ingest-node that is away for longer loses its tasks to another; ms", {0, 3600000});
  table.add("failover_grace_ms", failover_grace,
            "an api-node that is away for longer loses its tasks to others; 0: never; ms", {0, 86400000});
  table.add("stop_grace_ms", stop_grace,
            "stream processes of a deleted task go on for so long, for a create that needs the same; 0: not "
            "at all; ms",
            {0, 60000});
  events.describe(table);
  disk.describe(table);
  bus.describe(table);
}

}  // namespace stream::api
