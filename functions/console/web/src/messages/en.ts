/** All that the console says, by feature. Its type is the shape that each other language must have. */
import app from "@/app/messages.en";
import admins from "@/features/admins/messages.en";
import alerts from "@/features/alerts/messages.en";
import audit from "@/features/audit/messages.en";
import budgetRequests from "@/features/budget-requests/messages.en";
import costs from "@/features/costs/messages.en";
import holder from "@/features/holder/messages.en";
import keyPage from "@/features/key-page/messages.en";
import keySettings from "@/features/key-settings/messages.en";
import keys from "@/features/keys/messages.en";
import models from "@/features/models/messages.en";
import overview from "@/features/overview/messages.en";
import packs from "@/features/packs/messages.en";
import providers from "@/features/providers/messages.en";
import requests from "@/features/requests/messages.en";
import settings from "@/features/settings/messages.en";
import signIn from "@/features/sign-in/messages.en";
import ui from "@/ui/messages.en";

const en = {
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
};

export type Messages = typeof en;
export default en;
