from __future__ import annotations

import pytest

from infra.local.environment import ROOT
from infra.local.tables import Intrinsic, read_template, table_schemas

TEMPLATE = """
Parameters: {Stage: {Type: String}}
Resources:
  Topic: {Type: "AWS::SNS::Topic"}
  UsageTable:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: Retain
    Properties:
      TableName: !Sub tollgate-${Stage}
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions:
        - {AttributeName: request_id, AttributeType: S}
        - {AttributeName: key_id, AttributeType: S}
      KeySchema: [{AttributeName: request_id, KeyType: HASH}]
      GlobalSecondaryIndexes:
        - IndexName: by_key
          KeySchema: [{AttributeName: key_id, KeyType: HASH}]
          Projection: {ProjectionType: ALL}
      StreamSpecification: {StreamViewType: NEW_IMAGE}
      DeletionProtectionEnabled: !If [IsProduction, true, !Ref "AWS::NoValue"]
"""


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "template.yaml"
    path.write_text(TEMPLATE)
    return path


def test_short_tags_are_read(path):
    properties = read_template(path)["Resources"]["UsageTable"]["Properties"]
    assert properties["TableName"] == Intrinsic("Sub", "tollgate-${Stage}")
    assert properties["DeletionProtectionEnabled"] == Intrinsic(
        "If", ["IsProduction", True, Intrinsic("Ref", "AWS::NoValue")]
    )


def test_a_table_keeps_what_decides_how_it_answers(path):
    (schema,) = table_schemas(read_template(path)).items()
    logical_id, arguments = schema
    assert logical_id == "UsageTable"
    assert arguments["KeySchema"] == [{"AttributeName": "request_id", "KeyType": "HASH"}]
    assert [index["IndexName"] for index in arguments["GlobalSecondaryIndexes"]] == ["by_key"]
    assert arguments["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    assert "DeletionProtectionEnabled" not in arguments


def test_a_schema_that_only_cloudformation_can_tell_is_refused(path):
    path.write_text(
        TEMPLATE.replace("AttributeName: request_id, KeyType", "AttributeName: !Ref Stage, KeyType")
    )
    with pytest.raises(ValueError, match="UsageTable"):
        table_schemas(read_template(path))


def test_the_real_template_declares_tables():
    assert {"KeysTable", "UsageTable"} <= set(table_schemas(read_template(ROOT / "template.yaml")))
