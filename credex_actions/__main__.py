from credex_actions.cli import run

run()
