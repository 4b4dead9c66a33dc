import app from "@/app/messages.zh";
import admins from "@/features/admins/messages.zh";
import alerts from "@/features/alerts/messages.zh";
import audit from "@/features/audit/messages.zh";
import budgetRequests from "@/features/budget-requests/messages.zh";
import costs from "@/features/costs/messages.zh";
import holder from "@/features/holder/messages.zh";
import keyPage from "@/features/key-page/messages.zh";
import keySettings from "@/features/key-settings/messages.zh";
import keys from "@/features/keys/messages.zh";
import models from "@/features/models/messages.zh";
import overview from "@/features/overview/messages.zh";
import packs from "@/features/packs/messages.zh";
import providers from "@/features/providers/messages.zh";
import requests from "@/features/requests/messages.zh";
import settings from "@/features/settings/messages.zh";
import signIn from "@/features/sign-in/messages.zh";
import ui from "@/ui/messages.zh";
import type { Messages } from "./en";

const zh = {
  app,
  ui,
  overview,
  costs,
  keys,
  keyPage,
  keySettings,
  packs,
  requests,
  models,
  providers,
  budgetRequests,
  alerts,
  audit,
  settings,
  admins,
  holder,
  signIn,
} satisfies Messages;

export default zh;
