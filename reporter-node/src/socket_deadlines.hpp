// Ends what a socket is doing when its time is over, whatever the library above it is waiting for.
//
// cpp-httplib's time-outs are per read and per write, so that a peer that sends a byte a second keeps a
// thread for ever; a deadline for a whole phase needs somebody else to look at the clock. Here that is one
// thread, which shuts the socket down; the library then sees its end and returns.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <stop_token>
#include <thread>

namespace stream::reporter {

// Thread-safe.
class SocketDeadlines {
 public:
  using Clock = std::chrono::steady_clock;

  // One exchange on one socket after another. Belongs to the thread of the exchange; must not outlive the
  // SocketDeadlines.
  class Watch {
   public:
    explicit Watch(SocketDeadlines& owner);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

    // From now on `socket` (not taken over; the former one is forgotten), until `after` from now.
    void follow(int socket, std::chrono::milliseconds after);
    // The same socket gets until `after` from now. Nothing happens once its time was over.
    void move(std::chrono::milliseconds after);

    // The time was over (or cancel_all() came) before the exchange was.
    bool expired() const;
    bool cancelled() const;

   private:
    friend class SocketDeadlines;
    SocketDeadlines& owner_;
    // Guarded by owner_.mutex_. A duplicate of the socket, so that its number cannot come to mean another
    // connection while we hold it.
    int duplicate_ = -1;
    Clock::time_point end_ = Clock::time_point::max();
    bool expired_ = false;
  };

  SocketDeadlines();
  ~SocketDeadlines();
  SocketDeadlines(const SocketDeadlines&) = delete;
  SocketDeadlines& operator=(const SocketDeadlines&) = delete;

  // Ends every exchange, and every later one as soon as it has a socket.
  void cancel_all();

 private:
  void run(const std::stop_token& stop);
  void wake();                       // needs mutex_
  static void expire(Watch& watch);  // needs mutex_

  mutable std::mutex mutex_;  // guards everything below but the thread
  std::condition_variable_any changed_;
  std::set<Watch*> watches_;
  bool new_deadline_ = false;  // one has changed since run() looked
  bool cancelled_ = false;
  std::jthread thread_;  // last: ends before what it uses
};

}  // namespace stream::reporter
