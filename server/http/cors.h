#pragma once
#include "error.h"
#include "http/answer.h"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace picfind::server {

/// Which other origins' pages may ask, and read the answers.
class Cors {
public:
  /// Origins as https://example.org, or *. Errors: usage.
  static Expected<Cors> make(const std::vector<std::string>& origins);

  /// What is asked by OPTIONS: what is allowed here, and to whom.
  Answer answer_options(const RequestHeader& request) const;
  /// Nothing where the request may change something: what a page of an origin that is not allowed sends may not, for
  /// it comes by way of somebody's browser without that person's wish.
  std::optional<Answer> refuse(const RequestHeader& request) const;
  /// Adds to an answer what lets the page that asked read it.
  void mark(const RequestHeader& request, http::fields& answer) const;

private:
  bool allows(std::string_view origin) const;

  std::set<std::string, std::less<>> origins_;
};

}  // namespace picfind::server
