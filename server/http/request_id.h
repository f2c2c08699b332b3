#pragma once
#include "http/answer.h"

#include <random>

namespace picfind::server {

/// Ids by which requests are told apart, in answers and in the log.
class RequestIds {
public:
  RequestIds();
  /// The one that the client gave its request, if it can be told in a log, else a new one.
  std::string id_of(const RequestHeader& request);

private:
  /// They are no secrets: to ask for unpredictable bytes each time would cost a call of the system.
  std::mt19937_64 random_;
};

}  // namespace picfind::server
