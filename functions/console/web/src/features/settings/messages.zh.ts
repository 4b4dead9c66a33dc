import type en from "./messages.en";

export default {
  subtitle: "新建密钥在未另行指定时采用的设置。已有密钥不受影响。",
  names: {
    defaultMonthlyQuota: { label: "每月配额", hint: "没有上级的密钥每月可用的金额（美元）。" },
    defaultEnforcement: { label: "执行方式", hint: "软限制允许进行中的调用以其自身费用超出限额，硬限制绝不允许。" },
    defaultRpmLimit: { label: "每分钟请求数", hint: "超出的请求被拒绝，直到下一分钟。" },
    defaultTpmLimit: { label: "每分钟 token 数", hint: "输入与输出合计。" },
    defaultMaxParallel: { label: "并发请求数", hint: "一个密钥可同时进行的请求数。" },
    defaultExpiryDays: { label: "有效期", hint: "密钥创建后多久失效。" },
    rotationGraceSeconds: { label: "轮换宽限期", hint: "轮换后旧密钥继续有效的时间，轮换时可另行指定。" },
    selfServiceMailDomains: {
      label: "自助服务的邮箱域名",
      hint: "除负责人自己的域名外，密钥持有人还可将告警发送到这些域名的邮箱。",
    },
    selfServiceMinDebounceSeconds: {
      label: "自助服务的最短告警间隔",
      hint: "持有人不能让同一阈值的告警比这更频繁。",
    },
  },
  units: {
    defaultRpmLimit: "每分钟",
    defaultTpmLimit: "每分钟",
    defaultMaxParallel: "个并发",
    defaultExpiryDays: "天",
  },
  sources: { settings: "在此设置", deployment: "来自模板", product: "默认" },
  none: "无",
  fallback: (value) => `默认：${value}`,
  toDefault: "恢复默认",
  deployment: {
    title: "本次部署",
    hint: "模板参数，重新部署时才会改变。",
    version: "Tollgate 版本",
    reportingZone: "费用按日、按月统计的时区",
    maxKeyDepth: "密钥的最大层级",
  },
  more: { title: "另请参阅", alerts: "默认告警设置", docs: "管理 API（查看与试用）", openapi: "OpenAPI 文档" },
} satisfies typeof en;
