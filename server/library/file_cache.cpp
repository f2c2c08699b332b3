#include "library/file_cache.h"

#include "library/sha256.h"

#include <boost/asio/this_coro.hpp>
#include <fstream>
#include <unistd.h>

namespace picfind::server {
namespace {

ByteView bytes_of(const std::string& text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }

std::string file_name(const std::string& name, FileCache::Form form) {
  return form == FileCache::Form::gzip ? name + ".gz" : name;
}

}  // namespace

FileCache::FileCache(Redis& redis, RedisKeys keys, std::filesystem::path folder)
    : redis_(redis), keys_(std::move(keys)), folder_(std::move(folder)) {}

Awaitable<Expected<FileCache::Mapped>> FileCache::find(std::string name, Form form) {
  const std::string file = file_name(name, form);
  if (const auto known = mapped_.find(file); known != mapped_.end()) co_return known->second;
  if (const auto under_way = fetches_.find(file); under_way != fetches_.end()) {
    const std::shared_ptr<Fetch> fetch = under_way->second;
    co_await fetch->done.async_wait(as_result);
    co_return fetch->result;
  }
  const auto fetch = fetches_.emplace(file, std::make_shared<Fetch>(co_await asio::this_coro::executor)).first->second;
  fetch->result = co_await this->fetch(name, form);
  // A file that is here and has no gzip will have none: Redis need not be asked again. Of names that nobody has nothing
  // is kept, for there may be any number of them.
  const bool is_final = form == Form::gzip && mapped_.contains(name);
  if (fetch->result && (*fetch->result != nullptr || is_final)) mapped_.emplace(file, *fetch->result);
  fetches_.erase(file);
  fetch->done.cancel();
  co_return fetch->result;
}

Awaitable<Expected<FileCache::Mapped>> FileCache::fetch(std::string name, Form form) {
  const std::string file = file_name(name, form);
  // What the folder holds of an earlier run counts if Redis still has it.
  const std::string key = form == Form::gzip ? keys_.gzip(name) : keys_.file(name);
  if (const Mapped kept = MappedFile::open(path_of(file)); kept != nullptr) {
    const bool is_whole = form == Form::gzip || sha256_hex(kept->bytes()) == name;
    const Expected<Reply> exists = co_await redis_.ask("EXISTS", key);
    if (is_whole && (!exists || exists->number() == 1)) co_return kept;
  }
  const Expected<Reply> reply = co_await redis_.ask("GET", key);
  if (!reply) co_return std::unexpected(reply.error());
  const std::optional<std::string> bytes = reply->text();
  if (!bytes) co_return Mapped{};
  if (form == Form::plain) {
    if (const Expected<void> verified = verify_name(name, bytes_of(*bytes)); !verified)
      co_return std::unexpected(verified.error());
  }
  co_return write(file, bytes_of(*bytes));
}

Expected<FileCache::Mapped> FileCache::write(const std::string& file, ByteView bytes) {
  const std::filesystem::path path = path_of(file);
  const std::filesystem::path temporary = path_of(file + "." + std::to_string(::getpid()) + ".tmp");
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  std::ofstream stream(temporary, std::ios::binary);
  stream.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  stream.close();
  if (stream) std::filesystem::rename(temporary, path, error);
  Mapped mapped = stream && !error ? MappedFile::open(path) : nullptr;
  if (mapped != nullptr) return mapped;
  std::filesystem::remove(temporary, error);
  return fail(ErrorCode::usage, "--cache: " + path.string() + " cannot be written; make room or name another folder");
}

Expected<void> FileCache::keep(const File& file) {
  if (mapped_.contains(file.name)) return {};
  Expected<Mapped> written = write(file.name, file.bytes);
  if (!written) return std::unexpected(written.error());
  mapped_.emplace(file.name, std::move(*written));
  return {};
}

void FileCache::forget(const std::string& name) {
  for (const Form form : {Form::plain, Form::gzip}) {
    const std::string file = file_name(name, form);
    mapped_.erase(file);
    std::error_code ignored;
    std::filesystem::remove(path_of(file), ignored);
  }
}

Awaitable<Expected<void>> FileCache::forget_removed() {
  const Expected<Reply> reply = co_await redis_.ask("SMEMBERS", keys_.files());
  if (!reply) co_return std::unexpected(reply.error());
  std::vector<std::string> there;
  for (std::optional<std::string>& name : reply->values())
    if (name) there.push_back(std::move(*name));
  std::ranges::sort(there);
  std::vector<std::string> gone;
  for (const auto& [file, mapped] : mapped_) {
    const std::string name = file.substr(0, 64);
    if (!std::ranges::binary_search(there, name)) gone.push_back(name);
  }
  for (const std::string& name : gone)
    forget(name);
  co_return Expected<void>{};
}

}  // namespace picfind::server
