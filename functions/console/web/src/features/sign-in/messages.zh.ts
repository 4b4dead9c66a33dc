import type en from "./messages.en";

export default {
  title: "登录 Tollgate",
  purpose: "查看大模型调用的花费和被拦截的请求，随时提高预算。",
  token: "管理员令牌或客户端密钥",
  tokenHint: "使用客户端密钥（sk-tg-…）登录时，可查看该密钥的预算、花费及其下级密钥。",
  keep: "在关闭此标签页前保持登录",
  keepHint: "否则刷新页面后需重新登录。",
  submit: "登录",
  atIssuer: (name: string) => `使用 ${name} 登录`,
  or: "或使用令牌",
  completing: "正在登录…",
  back: "返回登录页",
  refused: "Tollgate 无法识别此令牌，可能输入有误、已被更换或不完整。",
  refusals: {
    invalid_api_key: "Tollgate 无法识别此密钥，可能输入有误、已被更换或不完整。",
    key_expired: "此密钥或其上级密钥已过期，请联系密钥的发放者。",
    key_revoked: "此密钥或其上级密钥已被吊销，请联系密钥的发放者。",
  },
  unreachable: "无法连接 Tollgate，请检查网络后重试。",
  issuer: {
    denied: (said: string) => `身份提供方未完成登录${said === "" ? "。" : `：${said}`}`,
    stale: () => "此次登录是在其他标签页发起的，或已超时，请重新登录。",
    unreachable: () => "无法连接身份提供方，请重试，或使用令牌登录。",
    wrong: (said: string) =>
      `身份提供方返回的结果无法使用${said === "" ? "" : `（${said}）`}，请联系 Tollgate 的维护者。`,
  },
  expiry: { near: "会话即将结束，请尽快保存。结束时间：", again: "重新登录" },
  where: {
    title: "在哪里获取令牌？",
    callers: "您只调用模型",
    callersHint: "使用程序中配置的密钥登录。密钥由 Tollgate 的维护者或团队密钥的持有人发放。",
    admins: "您与他人共同管理 Tollgate",
    adminsHint: "请所有者在“管理员”页面为您创建具有相应角色的个人令牌。",
    local: "您在本机试用",
    localHint: "make local 会打印登录方式，并将令牌保存在文件中：",
    aws: "您已部署到 AWS",
    awsHint: "初始令牌保存在 Secrets Manager 中。请用它首次登录，再为每个人创建各自的令牌。",
  },
  reasons: { expired: "会话已结束，您已退出登录。重新登录后可继续之前的操作。" },
} satisfies typeof en;
