import type en from "./messages.en";

export default {
  creation: {
    title: "新建密钥",
    name: "名称",
    nameHint: "用途：某个程序、某个人或某个团队。",
    owner: "负责人邮箱",
    ownerHint: "与预算有关的告警会发送到此邮箱。",
    parent: "上级密钥",
    parentHint: "未选择：此密钥位于顶层，只受自身限额约束。",
    parentChosen: (limits) =>
      limits.length === 0
        ? "其花费同时计入上级密钥。"
        : `其花费同时计入上级密钥，且限额不能超过：${limits.join("，")}。`,
    parentsBudget: (amount) => `总计 ${amount}`,
    parentsQuota: (amount, period) => `每${period} ${amount}`,
    limitsHint: "可花费的额度：总额、每天/每周/每月的额度，或两者都设。都不设时，只受上级密钥约束。",
    budget: "一次性预算",
    budgetHint: "不会自动重置。",
    quota: "配额",
    quotaHint: "每个周期重新计算。",
    period: "周期",
    periods: { day: "天", week: "周", month: "月" },
    models: "模型",
    modelsHint: "只允许使用这里列出的模型；不填则允许全部。",
    more: "全部设置",
    moreHint: "速率、告警、有效期、价格与策略；上面已填的内容也在其中。",
    submit: "创建密钥",
    useIt: "开始使用",
    useItHint: "选择您用来调用模型的客户端，然后粘贴所需内容。",
    openKey: "前往此密钥的页面",
    done: "完成",
    exists: (externalId) => `外部 ID 为 ${externalId} 且设置完全相同的密钥已存在，因此没有新建，其明文也不会再次显示。`,
    leaving: {
      title: "尚未复制密钥明文",
      hint: "明文不会再次显示。没有明文，此密钥在轮换之前无法使用。",
      leave: "仍要离开",
      stay: "留在此页",
    },
  },
} satisfies typeof en;
