import type en from "./messages.en";

export default {
  title: "登录 Tollgate",
  token: "管理员令牌或客户端密钥",
  keep: "在关闭此标签页前保持登录",
  submit: "登录",
  refused: "Tollgate 无法识别此令牌，可能输入有误、已过期或已吊销。",
  unreachable: "无法连接 Tollgate，请检查网络后重试。",
  reasons: { expired: "令牌已失效，您已退出登录。" },
} satisfies typeof en;
