#pragma once
#include "access/token_file.h"
#include "http/answer.h"

namespace picfind::server {

/// Who sent a request: the sha256 of the token it came with, if it came with one.
struct Caller {
  std::optional<Digest> token;
};

Caller caller_of(const http::fields& headers);

/// Who may do what. The token file is read again when it changes; where it cannot be, the last one that could counts
/// on.
class Access {
public:
  /// Without a file everyone may read and nobody may write. Errors: usage.
  static Expected<Access> open(std::filesystem::path file);

  bool may(const Caller& caller, Right right, std::string_view library);
  bool may(const http::fields& headers, Right right, std::string_view library) {
    return may(caller_of(headers), right, library);
  }
  /// Nothing where the request may, else what it is answered with: 401 without a token that counts, 403 where its
  /// token is not for this.
  std::optional<Answer> refuse(const http::fields& headers, Right right, std::string_view library);
  /// "read", "write": what a caller may do with the library.
  std::vector<std::string> rights(const Caller& caller, std::string_view library);
  /// For how long the caller may read on, as far as is known now; at least a second.
  std::chrono::seconds time_to_read(const Caller& caller, std::string_view library) const;

private:
  /// By which a change of the file is told.
  struct Stamp {
    int64_t modified = 0;
    int64_t changed = 0;
    int64_t bytes = 0;
    uint64_t node = 0;
    bool operator==(const Stamp&) const = default;
  };
  static Stamp stamp_of(const std::filesystem::path& file);
  void read_if_changed();
  /// The lines that count for the caller now.
  std::vector<const TokenLine*> lines_of(const Caller& caller) const;

  std::filesystem::path file_;
  Stamp stamp_;
  std::vector<TokenLine> lines_;
};

}  // namespace picfind::server
