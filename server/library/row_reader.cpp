#include "library/row_reader.h"

#include <algorithm>
#include <iterator>

namespace picfind::server {

using namespace std::chrono_literals;

RowReader::RowReader(Redis& redis, const Lease& lease, std::unique_ptr<Layout> layout, PicturesPlace pictures,
                     RedisKeys keys)
    : redis_(redis), lease_(lease), layout_(std::move(layout)), pictures_(std::move(pictures)),
      thumbnails_(redis, std::move(keys)) {}

Awaitable<Expected<std::vector<std::string>>> RowReader::list_all() {
  std::vector<std::string> paths;
  std::string cursor = "0";
  do {
    if (!lease_.is_held()) co_return fail(ErrorCode::not_found, "the lease is lost");
    Expected<Layout::Page> page = co_await layout_->list(redis_, cursor);
    if (!page) co_return std::unexpected(page.error());
    std::ranges::move(page->paths, std::back_inserter(paths));
    cursor = page->cursor;
  } while (cursor != "0");
  std::ranges::sort(paths);
  const auto repeated = std::ranges::unique(paths);
  paths.erase(repeated.begin(), repeated.end());
  co_return paths;
}

Awaitable<Expected<std::vector<RowRead>>> RowReader::read(std::span<const std::string> paths) {
  boost::redis::request request = new_request();
  for (const std::string& path : paths)
    layout_->ask(request, path);
  Expected<Replies> replies = co_await redis_.exec(std::move(request), 30s);
  if (!replies) co_return std::unexpected(replies.error());
  const auto thumbnails = co_await thumbnails_.names_of(paths);
  if (!thumbnails) co_return std::unexpected(thumbnails.error());
  const std::size_t each = layout_->commands();
  replies->of.resize(paths.size() * each);
  std::vector<RowRead> reads;
  reads.reserve(paths.size());
  for (std::size_t i = 0; i < paths.size(); ++i)
    reads.push_back(layout_->take(paths[i], std::span(replies->of).subspan(i * each, each)));
  for (RowRead& read : reads) {
    read.row.places.original = pictures_.address_of(read.row.path, read.row.fields);
    if (const auto name = thumbnails->find(read.row.path); name != thumbnails->end())
      read.row.places.thumbnail = name->second;
  }
  co_return reads;
}

}  // namespace picfind::server
