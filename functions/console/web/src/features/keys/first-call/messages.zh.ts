import type en from "./messages.en";

const hints: Record<string, string> = {
  budget_exhausted: "此密钥的预算已用尽。提高预算后重试，下一次调用即可通过。",
  quota_exhausted: "此密钥本周期的配额已用尽。提高配额后重试。",
  parent_budget_exhausted: "某个上级密钥的预算已用尽。提高该密钥的预算后重试。",
  request_exceeds_budget: "这次调用的最高费用可能超过整个限额。请选择更便宜的模型、提高限额，或将预算改为软限制。",
  budget_held: "剩余额度被进行中的调用预留，请稍后重试。",
  budget_reserved: "剩余额度留给优先级更高的调用。请提高此密钥的优先级或限额。",
  downgrade_required: "预算紧张期间只提供更便宜的模型。",
  model_not_allowed: "此密钥或其上级密钥无权使用该模型，请在密钥设置中放开。",
  model_not_priced: "该模型尚未定价，请在“模型与价格”中设置价格。",
  rate_limit_exceeded: "已达到此密钥每分钟的上限，请一分钟后重试。",
  too_many_parallel_requests: "此密钥同时进行的调用已达上限，请稍后重试。",
  key_revoked: "此密钥或其上级密钥已吊销。恢复后重试。",
  key_expired: "此密钥或其上级密钥已过期。修改有效期后重试。",
  provider_authentication: "供应商拒绝了为其配置的 API 密钥，请在“供应商”中更正。",
  provider_unavailable: "无法连接供应商，请在“供应商”中测试。",
  provider_timeout: "供应商响应超时，请在“供应商”中测试。",
  all_providers_failed: "该模型的所有供应商均未响应，请在“供应商”中测试。",
};

export default {
  firstCall: {
    title: "试一试",
    hint: "用此密钥发起一次只有几个词的调用，按正常价格计费。",
    model: "模型",
    send: "发送测试调用",
    raise: "提高限额",
    passed: "调用成功",
    noText: "（模型没有返回文本。）",
    cost: "费用",
    remaining: "预算剩余",
    answeredBy: "模型",
    insteadOf: (model, asked) => `${model}（代替 ${asked}）`,
    request: "请求",
    noModel: "目前还没有此密钥可用的对话模型。添加供应商和已定价的模型后，此密钥即可调用。",
    hints,
  },
} satisfies typeof en;
