import type en from "./messages.en";

export default {
  close: "关闭",
  cancel: "取消",
  copy: "复制",
  copied: "已复制",
  retry: "重试",
  loading: "加载中",
  loadMore: "加载更多",
  selectAll: "选择当前显示的全部",
  selectRow: "选择此行",
  none: "无",
  requestId: (id) => `请求 ID：${id}`,
  errors: {
    unreachable: "无法连接 Tollgate，请检查网络后重试。",
    failed: "Tollgate 未能响应，请稍后重试。",
  },
  money: { unlimited: "无限制", exact: (amount) => `${amount} USD` },
  bar: {
    used: "已用",
    held: "预留",
    limit: "限额",
    left: "剩余",
    description: (used, held, limit) => `已用 ${used}，预留 ${held}，限额 ${limit}`,
  },
  confirm: {
    typeName: (name) => `输入“${name}”以确认`,
  },
  conflict: {
    title: "内容已被他人修改",
    hint: "自您打开后内容已有变动，请比较后再决定。",
    yours: "您的修改",
    theirs: "当前内容",
    reload: "采用对方的修改",
    overwrite: "在其基础上应用我的修改",
  },
  diff: { before: "修改前", after: "修改后", unset: "未设置", unchanged: "没有差异" },
  secret: {
    copyNow: "请立即复制密钥明文",
    hint: "明文只显示这一次，Tollgate 仅保存其哈希值。如果丢失，可轮换密钥以获得新的明文。",
    copy: "复制明文",
    done: "我已复制",
  },
  managed: {
    by: "管理方",
    hint: (label) => `由配置 ${label} 管理：此处的更改将显示为与该配置的差异。`,
  },
  download: { progress: (megabytes) => `${megabytes} MB`, stop: "停止" },
  chart: {
    showTable: "以表格显示",
    hideTable: "隐藏表格",
    other: "其他",
    total: "合计",
    date: "日期",
    empty: "此时间段内没有数据",
    keyboardHint: "使用方向键浏览图表，下方表格包含相同的数据。",
  },
} satisfies typeof en;
