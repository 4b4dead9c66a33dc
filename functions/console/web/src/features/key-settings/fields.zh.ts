import type en from "./fields.en";

export default {
  name: { label: "名称", hint: "密钥的称呼，邮件中也会使用。" },
  parentId: { label: "上级密钥", hint: "每次调用同时计入上级及其以上的所有密钥，且须经它们逐一放行。" },
  ownerEmail: { label: "负责人", hint: "告警发送到此邮箱，费用也按负责人汇总。" },
  costCentre: { label: "成本中心", hint: "费用归属的成本中心。" },
  externalId: { label: "外部 ID", hint: "密钥在您其他系统中的标识，不可重复。" },
  tags: { label: "标签", hint: "费用可按标签汇总，最多 20 个。" },
  budgetLimit: { label: "一次性预算", hint: "总额（美元），不会自动重置。留空表示不限；0 表示只能调用免费模型。" },
  quotaLimit: { label: "周期配额", hint: "每个周期的额度（美元）。留空表示不设配额。" },
  quotaPeriod: { label: "周期", hint: "配额多久重新计算一次。" },
  quotaZone: { label: "时区", hint: "周期从该时区的零点开始。" },
  quotaStartDay: { label: "起始日", hint: "周期从哪一天开始。" },
  quotaCarryUnused: { label: "未用额度结转", hint: "剩余额度加到下一周期。" },
  quotaCarryOverspend: { label: "超支额度结转", hint: "超出部分从下一周期扣除。" },
  enforcement: {
    label: "执行方式",
    hint: "软限制：进行中的调用可能以其自身费用超出限额。硬限制：已用与预留之和绝不超过限额。",
  },
  overcommit: {
    label: "下级额度之和可以超过本密钥的额度",
    hint: "每次调用仍须在本密钥额度之内。关闭后，下级额度之和不得超过本密钥的额度。",
  },
  budgetRefusalStatus: {
    label: "预算不足时的状态码",
    hint: "有些客户端收到 429 会重试，而把 402 或 400 视为最终结果。",
  },
  rpmLimit: { label: "每分钟请求数", hint: "超出的请求被拒绝，直到下一分钟。留空表示不限。" },
  tpmLimit: { label: "每分钟 token 数", hint: "输入与输出合计。留空表示不限。" },
  maxParallel: { label: "并发请求数", hint: "同时进行的请求数，1 到 1000。" },
  allowedModels: { label: "可用模型", hint: "只能调用列出的模型。" },
  safetyLevel: { label: "安全等级", hint: "0 到 100：可调用不高于此等级的模型。留空则以上级密钥为准。" },
  budgetAlertThresholds: { label: "告警阈值", hint: "预算或配额用到该比例时通知谁。" },
  alertDebounceSeconds: { label: "告警间隔", hint: "同一阈值两次告警之间的最短时间。" },
  expiresAt: { label: "到期时间", hint: "到期后密钥将被拒绝。留空表示永不过期。" },
  billingMode: {
    label: "由谁承担",
    hint: "内部：由成本中心承担，仅展示其支出。外部：按价格条款向客户收费。混合：客户所付费用已包含配额。",
  },
  overage: { label: "超出配额后", hint: "拒绝调用，还是放行并按量计费。" },
  overageLimit: { label: "按量计费上限", hint: "每个周期的上限（美元），按实际收费计算。留空表示不限。" },
  overageFactor: { label: "超额系数", hint: "按量计费的部分按此倍数收费，不小于 1。" },
  priceFactor: { label: "价格系数", hint: "乘以供应商费用：1.15 为加价 15%，0.9 为九折。" },
  modelPriceFactors: { label: "按模型的系数", hint: "优先于上面的系数。" },
  scheduledPriceFactors: {
    label: "限时系数",
    hint: "优先于其他系数，从开始时刻起，到结束时刻前有效。取第一个适用的。",
  },
  minimumFee: { label: "最低收费", hint: "每次非免费调用至少收取的金额（美元）。" },
  priority: { label: "优先级", hint: "用于共享预算的预留，也决定能否自动提额。不能高于上级密钥。" },
  priorityReserves: {
    label: "为高优先级保留部分预算",
    hint: "适用于本密钥及其所有下级的调用。“关键”优先级始终可以用到最后。",
  },
  automaticIncrease: {
    label: "自动提高限额",
    hint: "当调用因预算不足将被拒绝时，临时提高限额。仅在优先级为“高”或“关键”时生效。",
  },
  downgrade: {
    label: "预算将尽时改用更便宜的模型",
    hint: "适用于本密钥及其所有下级的调用。响应会说明实际使用的模型。",
  },
  keepBodies: {
    label: "保留请求与响应内容",
    hint: "随请求日志保存收发的内容，供操作员查看；每次查看都会记入审计日志。",
  },
  manageChildren: {
    label: "持有人可以管理下级密钥",
    hint: "在本密钥的额度内创建、修改、吊销下级密钥，并处理它们的预算申请。",
  },
} satisfies typeof en;
