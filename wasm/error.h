#pragma once
#include <expected>
#include <string>

namespace picfind {

enum class ErrorCode { unsupported, corrupt, too_large, space, version, not_found, usage };

/// What went wrong with an input: what was expected, what was found, what to do. The caller adds the file's name.
struct Error {
  ErrorCode code;
  std::string message;
};

template <class T> using Expected = std::expected<T, Error>;

inline std::unexpected<Error> fail(ErrorCode code, std::string message) {
  return std::unexpected(Error{code, std::move(message)});
}

}  // namespace picfind
