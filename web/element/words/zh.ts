import type { Words } from './words.ts'

const pictures = (n: number) => `${n.toLocaleString('zh')} 张图片`

export const zh: Words = {
  search: '搜索图片',
  placeholder: '描述一张图片',
  clear: '清除搜索',
  close: '关闭',
  results: '图片',
  searching: '正在搜索……',
  resultsFor: (query, n) => `${query}：${pictures(n)}，最符合的在前`,
  noneFor: query => `${query}：没有找到图片`,
  quoted: words => `“${words}”`,
  like: name => `与 ${name} 相似`,
  moreLikeThis: '查找相似图片',
  moreLike: name => `查找与 ${name} 相似的图片`,
  more: '显示更多',
  yourPicture: '您的图片',
  pickPicture: '用您的图片搜索',
  pickPictureSize: size => `用您的图片搜索（需载入 ${size}，仅一次）`,
  dropPicture: '放下图片即可搜索',
  dropPictureSize: size => `放下图片即可搜索（需载入 ${size}，仅一次）`,

  quick: '快速结果。完整搜索认识更多词语，也能理解整句。',
  needsFull: '此搜索需要完整搜索。',
  loadFull: size => `载入完整搜索（${size}）`,
  loading: (done, all) => `正在载入完整搜索：${done} / ${all}`,
  refining: '正在优化……',
  partial: '初步结果：尚未仔细比较所有图片。',
  notKept: '完整搜索保留到本页关闭。若通过 https 访问，浏览器会为下次访问保存它。',

  troubles: {
    unreachable: '无法连接搜索。请检查网络连接后重试。',
    missing: '本站的图片搜索不在应有的位置。',
    newer: '搜索已更新。请刷新页面后使用。',
    stale: '搜索正在更新。请稍后刷新页面。',
    full: '无法载入完整搜索。快速搜索仍可使用，请稍后重试。',
    picture: '无法用此图片搜索。请尝试 JPEG、PNG 或 WebP 文件。',
  },
  retry: '重试',
}
