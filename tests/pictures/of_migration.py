"""The summary of a migration: a workflow with what has a counterpart, what has none, and hostile text."""

from pathlib import Path
from tempfile import TemporaryDirectory

from credex_actions.declarations.migrate import Inputs
from credex_actions.github.migration.migrating import migrate
from tests.pictures.summarised import summarised

WORKFLOW = """\
jobs:
  deploy:
    steps:
      - run: sed -i "s|IMAGE|$IMAGE|" task-definition.json
      - uses: aws-actions/amazon-ecs-render-task-definition@v1
        with:
          task-definition: task-definition.json
          container-name: core
          image: ${{ steps.build.outputs.image }}
          "<img src=x onerror=alert(1)> @everyone `code` **bold**": 1
      - uses: aws-actions/amazon-ecs-deploy-task-definition@v2
        with:
          task-definition: ${{ steps.render.outputs.task-definition }}
          service: core
          wait-for-service-stability: no
"""


def migrated() -> str:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "deploy.yml"
        file.write_text(WORKFLOW)
        return summarised(lambda runner: migrate(Inputs((str(file),)), runner)).replace(folder, ".github/workflows")
