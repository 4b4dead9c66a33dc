import { SettingCheckbox } from "../parts/SettingField";

export function HolderGroup() {
  return (
    <div className="space-y-4">
      <SettingCheckbox field="manageChildren" />
      <SettingCheckbox field="keepBodies" />
    </div>
  );
}
